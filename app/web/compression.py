"""Compression of answers: which media types, how hard, from which size."""

from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware, add_compress_type, remove_compress_type

from app.web.negotiation import CSV, GEOJSON, JSON, NDJSON
from app.web.problems import PROBLEM_JSON

SMALLEST = 1200
"""Bytes below which an answer fits into one packet anyway."""

_COMPRESSED = (JSON, NDJSON, GEOJSON, CSV, PROBLEM_JSON)


def compressed(app: ASGIApp) -> ASGIApp:
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
