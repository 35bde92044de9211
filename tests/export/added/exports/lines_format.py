"""An export format that writes the same line for every event."""

from app.export.writer import JsonText, Writer


class LinesWriter(Writer):
    """A writer of lines."""

    def write(self, document: JsonText) -> bytes:
        """Write one line."""
        del document
        return b"an event" + self.after


WRITER = LinesWriter(name="lines", media_type="text/x-lines", after=b"!")
