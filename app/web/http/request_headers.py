"""What a client sent, read without an object for all of its headers."""

from starlette.requests import Request


def read_header(request: Request, name: bytes) -> str | None:
    """The value of a header, the first if there are several; its name in lower case."""
    for each, value in request.scope["headers"]:
        if each == name:
            return bytes(value).decode("latin-1")
    return None
