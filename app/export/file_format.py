"""What a format is that makes a file, which is whole before any of it is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from app.export.writer import RenderOptions, Writer

FILE_SCHEMA = {"type": "string", "format": "binary", "description": "A file, read by ranges."}


class FileSink(Protocol):
    """A file that is being made."""

    def add(self, lines: bytes) -> None:
        """Write some documents, which come as lines of JSON."""

    def close(self) -> None:
        """Complete the file, or give up what it holds."""


class StreamFileSink:
    """A file with what a writer of streams writes."""

    def __init__(self, writer: Writer, path: Path) -> None:
        self._writer = writer
        self._file = path.open("wb")
        self._file.write(writer.begin)
        self._started = False

    def add(self, lines: bytes) -> None:
        """Write some documents."""
        self._file.write(self._writer.write_lines(lines, self._started))
        self._started = True

    def close(self) -> None:
        """Write the end."""
        self._file.write(self._writer.end)
        self._file.close()


@dataclass(frozen=True)
class FileFormat:
    """Makes files: `open` begins one at a path, with what is said about it inside the file.

    It raises NotAcceptable where what it needs is not installed.
    """

    rank: ClassVar[int] = 2

    name: str
    media_type: str
    open: Callable[[Path, RenderOptions, Mapping[str, str]], FileSink]
    reference: Mapping[str, Any] = field(default_factory=lambda: {"schema": FILE_SCHEMA})


def make_file_format(writer: Writer) -> FileFormat:
    """The format that makes files of what a writer of streams writes."""

    def begin(path: Path, options: RenderOptions, metadata: Mapping[str, str]) -> FileSink:
        del metadata
        return StreamFileSink(writer.with_options(options), path)

    return FileFormat(writer.name, writer.content_type, begin)
