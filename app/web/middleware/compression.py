"""Compression of answers: which media types, how hard, from which size."""

from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware, add_compress_type, remove_compress_type

from app.export.registry import get_writers
from app.web.errors.problems import PROBLEM_JSON
from app.web.http.negotiation import HTML, JSON

SMALLEST = 1200
"""Bytes below which an answer fits into one packet anyway."""

_VARY_VALUE = b"Accept-Encoding"
_COMPRESSED = (JSON, PROBLEM_JSON, *(writer.media_type for writer in get_writers().values()))
_COMPRESSED_BY_DEFAULT = (HTML, "text/css", "text/javascript", "text/plain", "image/svg+xml")
"""What else we serve that starlette-compress compresses unasked."""

_MEDIA_TYPES = frozenset(
    media_type.encode() for media_type in (*_COMPRESSED, *_COMPRESSED_BY_DEFAULT)
)

Header = tuple[bytes, bytes]


def add_compression(app: ASGIApp) -> ASGIApp:
    """Wrap an app so that its larger answers are compressed as Accept-Encoding allows.

    zstd at level 1 costs a sixth of what gzip's usual level does; events of a stream are never
    held back to be compressed.
    """
    for media_type in _COMPRESSED:
        add_compress_type(media_type)
    remove_compress_type("text/event-stream")
    return CompressMiddleware(
        app, minimum_size=SMALLEST, zstd_level=1, brotli_quality=1, gzip_level=1
    )


def add_vary(headers: Sequence[Header], present: Mapping[bytes, bytes]) -> Sequence[Header]:
    """The headers of an answer that nobody asked to have compressed.

    What could have been is marked so for caches; `present` are the same headers by name.
    """
    media_type = present.get(b"content-type", b"").partition(b";")[0]
    if media_type not in _MEDIA_TYPES or b"content-range" in present:
        return headers
    if int(present.get(b"content-length", SMALLEST)) < SMALLEST:
        return headers
    vary = [value for name, value in headers if name == b"vary"]
    others = [header for header in headers if header[0] != b"vary"]
    return [*others, (b"vary", b", ".join([*vary, _VARY_VALUE]))]
