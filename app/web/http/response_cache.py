"""A cache of responses: until something is written, no query runs twice.

A response depends on the request, on the visibility of the caller, and on the version of the data.
The version is a key in this process and is never shown. The ETag is a keyed digest of the response:
it changes with the response, and with nothing else.
"""

from collections import OrderedDict
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from app.web.http.responses import check_if_none_match

MOST_RESPONSES = 20_000
MOST_BYTES = 64_000_000
LARGEST_BODY = 1_000_000

CacheKey = tuple[object, ...]
RawHeaders = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """The ETag of a response, and its body if that was stored."""

    version: str
    etag: str
    headers: RawHeaders = ()
    body: bytes | None = None

    def answer(self, request: Request) -> Response | None:
        """Return 304 if the client has the response, else the response; None without its body."""
        known = check_if_none_match(request, self.etag)
        if known is not None or self.body is None:
            return known
        response = Response()
        response.body, response.raw_headers = self.body, list(self.headers)
        return response


class ResponseCache:
    """The latest responses of one process."""

    def __init__(self) -> None:
        self._responses: OrderedDict[CacheKey, CachedResponse] = OrderedDict()
        self._bytes = 0

    def find(self, key: CacheKey, version: str) -> CachedResponse | None:
        """Return the response that belongs to this version of the data."""
        cached = self._responses.get(key)
        if cached is None or cached.version != version:
            return None
        self._responses.move_to_end(key)
        return cached

    def store(self, key: CacheKey, version: str, response: Response, *, with_body: bool) -> None:
        """Store a response with a weak ETag, and evict the oldest if there are too many."""
        headers = tuple(response.raw_headers)
        etag = dict(headers).get(b"etag", b"").decode("latin-1")
        if response.status_code not in {200, 304} or not etag.startswith("W/"):
            return
        body = bytes(response.body) if with_body and response.status_code == 200 else None
        if body is not None and len(body) > LARGEST_BODY:
            body = None
        self._evict(key)
        self._responses[key] = CachedResponse(
            version, etag, headers if body is not None else (), body
        )
        self._bytes += len(body or b"")
        while len(self._responses) > MOST_RESPONSES or self._bytes > MOST_BYTES:
            self._evict(next(iter(self._responses)))

    def _evict(self, key: CacheKey) -> None:
        cached = self._responses.pop(key, None)
        if cached is not None:
            self._bytes -= len(cached.body or b"")
