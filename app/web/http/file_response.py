"""Responses from files on disk, whole or the byte range in Range."""

import asyncio
import re
from collections.abc import Mapping
from io import FileIO

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.errors import RangeNotSatisfiable
from app.web.http.responses import CACHING

CHUNK_BYTES = 262_144
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.IGNORECASE)


class FileRangeResponse(Response):
    """A response from an open file, or a part of it; the file is always closed afterwards."""

    def __init__(
        self, request: Request, file: FileIO, size: int, headers: Mapping[str, str]
    ) -> None:
        self._file = file
        self._first, self._last = 0, size - 1
        try:
            asked = _parse_range(request, headers["etag"], size)
        except RangeNotSatisfiable:
            file.close()
            raise
        self.status_code = 200
        told = {**CACHING, **headers, "accept-ranges": "bytes"}
        if asked is not None:
            self.status_code = 206
            self._first, self._last = asked
            told["content-range"] = f"bytes {self._first}-{self._last}/{size}"
        told["content-length"] = str(self._last - self._first + 1)
        self.background = None
        self.init_headers(told)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the bytes, one chunk at a time."""
        try:
            start = {"type": "http.response.start", "status": self.status_code}
            await send({**start, "headers": self.raw_headers})
            left = self._last - self._first + 1
            await asyncio.to_thread(self._file.seek, self._first)
            while left > 0:
                chunk = await asyncio.to_thread(self._file.read, min(CHUNK_BYTES, left))
                left -= len(chunk)
                if not chunk:
                    raise EOFError("the file is shorter than it was")
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._file.close()


def wants_file(request: Request) -> bool:
    """Return True if the client asks for the length or for a byte range, which only a file has."""
    return "range" in request.headers or bool(request.scope["state"].get("is_head"))


def _parse_range(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """Return the first and the last byte in Range; None for the whole file.

    Several ranges and malformed ones are treated as no Range (RFC 9110 §14.2).
    """
    header = request.headers.get("range")
    found = _RANGE.fullmatch(header.strip()) if header else None
    condition = request.headers.get("if-range")
    if found is None or (condition is not None and condition.strip() != etag):
        return None
    first, last = found[1], found[2]
    if not first:
        if not last:
            return None
        begin, end = max(size - int(last), 0), size - 1
        satisfiable = int(last) > 0
    else:
        begin, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < begin:
            return None
        satisfiable = begin < size
    if not satisfiable:
        unit = {"content-range": f"bytes */{size}"}
        raise RangeNotSatisfiable(f"the file has {size:,} bytes", headers=unit)
    return begin, end
