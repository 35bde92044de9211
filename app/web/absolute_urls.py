"""Absolute addresses of what this service serves."""

from starlette.requests import Request

from app.web.state import get_state


def make_absolute_url(request: Request, path: str) -> str:
    """Return where a path is served: below the public address, if it is set, whatever was asked.

    Without one it is below the host that the request named, so no answer with it may be kept for
    another.
    """
    public_url = get_state(request).settings.public_url
    return f"{(public_url or str(request.base_url)).rstrip('/')}{path}"
