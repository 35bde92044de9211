"""Compression of responses: media types, levels and the smallest size."""

from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware, add_compress_type, remove_compress_type

from app.export.registry import get_writers
from app.web.errors.problems import PROBLEM_JSON
from app.web.http.negotiation import HTML, JSON

SMALLEST = 1200
"""Bytes; smaller responses fit into one packet anyway."""

_VARY_VALUE = b"Accept-Encoding"
_COMPRESSED = (JSON, PROBLEM_JSON, *(writer.media_type for writer in get_writers().values()))
_COMPRESSED_BY_DEFAULT = (HTML, "text/css", "text/javascript", "text/plain", "image/svg+xml")
"""Further media types that starlette-compress compresses by default."""

_MEDIA_TYPES = frozenset(
    media_type.encode() for media_type in (*_COMPRESSED, *_COMPRESSED_BY_DEFAULT)
)

Header = tuple[bytes, bytes]


def add_compression(app: ASGIApp) -> ASGIApp:
    """Wrap an app so that larger responses are compressed as Accept-Encoding allows.

    zstd at level 1 costs a sixth of gzip's default level; server-sent events are never held back
    for compression.
    """
    for media_type in _COMPRESSED:
        add_compress_type(media_type)
    remove_compress_type("text/event-stream")
    return CompressMiddleware(
        app, minimum_size=SMALLEST, zstd_level=1, brotli_quality=1, gzip_level=1
    )


def add_vary(headers: Sequence[Header], present: Mapping[bytes, bytes]) -> Sequence[Header]:
    """Return the headers of a response that is sent uncompressed to a client that did not ask.

    Vary is added if the response could have been compressed; `present` are the same headers by
    name.
    """
    media_type = present.get(b"content-type", b"").partition(b";")[0]
    if media_type not in _MEDIA_TYPES or b"content-range" in present:
        return headers
    if int(present.get(b"content-length", SMALLEST)) < SMALLEST:
        return headers
    vary = [value for name, value in headers if name == b"vary"]
    others = [header for header in headers if header[0] != b"vary"]
    return [*others, (b"vary", b", ".join([*vary, _VARY_VALUE]))]
