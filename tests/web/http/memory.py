"""Writes how much memory each of some bodies takes at most: `python -m tests.web.http.memory`."""

import asyncio
import os
import resource
import sys
from typing import Any

from starlette.types import Message

from tests.web.sample import make_app

LARGEST = 1_900_000
# An array, a text, a wide one, unknown names, objects.
BODIES = [
    b"[" + b"1," * 7_950_000 + b"1]",
    b'{"title":"' + b"x" * 15_900_000 + b'"}',
    b'{"title":"' + "😀".encode() + b"x" * LARGEST + b'"}',
    b"{" + b",".join(b'"%d":"%s"' % (n, b"x" * 180) for n in range(9_000)) + b"}",
    b"[" + b'{"a":{}},' * 3_000 + b"{}]",
]
PIECE = 65_536


def peak() -> int:
    """The most bytes that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


async def send(app: Any, body: bytes) -> None:
    """Send a body in pieces, as the server passes them on."""
    place = 0

    async def receive() -> Message:
        nonlocal place
        piece = body[place : place + PIECE]
        place += PIECE
        return {"type": "http.request", "body": piece, "more_body": place < len(body)}

    async def answer(message: Message) -> None:
        del message

    headers = [(b"authorization", b"Bearer writer"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/v1/events", "query_string": b""}
    await app({**scope, "headers": headers, "root_path": ""}, receive, answer)


async def measure(body: bytes) -> int:
    """The bytes that answering one takes, after a small one has been answered."""
    app = make_app(body_limit=16_000_000)
    await send(app, b"{")
    before = peak()
    await send(app, body)
    return peak() - before


if __name__ == "__main__":
    for each in BODIES:
        if not os.fork():
            sys.stdout.write(f"took {asyncio.run(measure(each))}\n")
            sys.exit()
        os.wait()
