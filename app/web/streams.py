"""Answers sent piece by piece."""

import asyncio
from collections.abc import AsyncGenerator, Mapping

from anyio import CancelScope
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Send

PIECE_BYTES = 65_536
"""What a client takes at once: a slow line brings that in time, where a chunk may be a megabyte."""


class ClientStalled(ClientDisconnect):
    """The client takes nothing of its answer any more; it is as good as gone."""


class Stream(StreamingResponse):
    """A stream that lets go of what it reads from as soon as its answer ends, however it ends.

    A client that leaves, or a HEAD, ends it early: without this a connection of the database
    would be held until the generator is collected. What goes wrong before the first chunk is
    raised before anything is sent. A piece that is not taken within `seconds` ends the answer.
    """

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        media_type: str,
        headers: Mapping[str, str],
        *,
        seconds: float,
    ) -> None:
        super().__init__(chunks, media_type=media_type, headers=headers)
        self.chunks = chunks
        self.seconds = seconds

    async def stream_response(self, send: Send) -> None:
        """Send the chunks, and close their source."""
        try:
            chunk = await anext(self.chunks, b"")
            start = {"type": "http.response.start", "status": self.status_code}
            await send({**start, "headers": self.raw_headers})
            while chunk:
                for place in range(0, len(chunk), PIECE_BYTES):
                    piece = chunk[place : place + PIECE_BYTES]
                    await send_in_time(send, body_of(piece, more=True), self.seconds)
                chunk = await anext(self.chunks, b"")
            await send(body_of(b"", more=False))
        finally:
            with CancelScope(shield=True):
                await self.chunks.aclose()


def body_of(chunk: bytes, *, more: bool) -> Message:
    """The message that has these bytes of an answer."""
    return {"type": "http.response.body", "body": chunk, "more_body": more}


async def send_in_time(send: Send, message: Message, seconds: float) -> None:
    """Send a message; ClientStalled if the client does not take what was sent before it."""
    try:
        async with asyncio.timeout(seconds):
            await send(message)
    except TimeoutError:
        raise ClientStalled from None
