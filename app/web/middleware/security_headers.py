"""The headers of every response, and the answer to a CORS preflight."""

from starlette.responses import Response

API_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # Swagger UI sets style attributes in its markup.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""For our own pages: only files of the package itself, and no scripts in the markup."""

READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PRIVATE = (b"cache-control", b"private, no-store")

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
CORS_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Accept-Ranges, Annals-As-Of, Content-Range, ETag, Link, Location, RateLimit,"
        b" RateLimit-Policy, Retry-After, X-Request-Id",
    ),
)
READ_HEADERS = (*SECURITY_HEADERS, *CORS_HEADERS)

_PREFLIGHT = {
    "access-control-allow-methods": "GET, HEAD, OPTIONS",
    "access-control-allow-headers": (
        "Accept, Accept-Language, Authorization, Cache-Control, If-Modified-Since, "
        "If-None-Match, Last-Event-ID, Range, traceparent, X-Request-Id"
    ),
    "access-control-max-age": "86400",
    "cache-control": "public, max-age=86400",
    "vary": "Access-Control-Request-Method, Access-Control-Request-Headers",
}


def make_preflight_response() -> Response:
    """Return the answer to a CORS preflight, which allows reads from other origins."""
    return Response(status_code=204, headers=_PREFLIGHT)
