"""Answers sent piece by piece."""

from collections.abc import AsyncGenerator, Mapping

from anyio import CancelScope
from starlette.responses import StreamingResponse
from starlette.types import Send


class ClosingStreamResponse(StreamingResponse):
    """A stream that lets go of what it reads from as soon as its answer ends, however it ends.

    A client that leaves, or a HEAD, ends it early: without this a connection of the database
    would be held until the generator is collected. What goes wrong before the first chunk is
    raised before anything is sent.
    """

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        media_type: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(chunks, media_type=media_type, headers=headers)
        self.chunks = chunks

    async def stream_response(self, send: Send) -> None:
        """Send the chunks, and close their source."""
        try:
            chunk = await anext(self.chunks, b"")
            start = {"type": "http.response.start", "status": self.status_code}
            await send({**start, "headers": self.raw_headers})
            while chunk:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                chunk = await anext(self.chunks, b"")
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            with CancelScope(shield=True):
                await self.chunks.aclose()
