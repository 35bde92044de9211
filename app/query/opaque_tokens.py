"""Positions and cursors for clients, sealed so that they reveal nothing about hidden records.

A position counts transactions, and the distance of two would show how much was written between
them, also to private datasets. A Feistel network over 64 bits, keyed with the server's secret,
turns it into another number and back.
"""

import base64
import hashlib
from typing import Any

import orjson

from app.errors import Fault, Invalid
from app.query.params import QueryModel

ROUNDS = 4
HALF_MASK = 0xFFFFFFFF
DIGEST_SIZE = 9


DISPLAY_PARAMS = {"limit", "cursor", "count", "fields", "include", "format", "bom", "safe"}
"""Parameters that change how an answer is shown, and not what it is of."""


class TokenSealer:
    """A sealer with one secret, which all processes on a database share."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self._round_keys = [
            hashlib.blake2b(bytes([number]), key=secret, digest_size=16).digest()
            for number in range(ROUNDS)
        ]

    def seal_position(self, position: int) -> str:
        """Seal a position of the change feed."""
        left, right = position >> 32, position & HALF_MASK
        for key in self._round_keys:
            left, right = right, left ^ self._mix_half(key, right)
        sealed = ((left << 32) | right).to_bytes(8, "big")
        return "p" + base64.b32encode(sealed).decode().rstrip("=").lower()

    def open_position(self, text: str, parameter: str) -> int:
        """Open a sealed position; raise Invalid for any other text."""
        try:
            sealed = base64.b32decode(text[1:].upper() + "===")
        except ValueError:
            sealed = b""
        if not text.startswith("p") or len(sealed) != 8:
            raise _make_error(parameter, "this is not a position that Annals gave out")
        whole = int.from_bytes(sealed, "big")
        left, right = whole >> 32, whole & HALF_MASK
        for key in reversed(self._round_keys):
            left, right = right ^ self._mix_half(key, left), left
        position = (left << 32) | right
        if position >> 63:
            raise _make_error(parameter, "this is not a position that Annals gave out")
        return position

    def seal_cursor(self, scope: str, keys: tuple[Any, ...], as_of: int | None) -> str:
        """Seal the end of a page, tied to its query and to the position it is read at."""
        pinned = self.seal_position(as_of) if as_of is not None else None
        # PostgreSQL's driver has its own class of ids.
        content = orjson.dumps([pinned, *keys], default=str)
        return (
            base64.urlsafe_b64encode(self._compute_digest(scope, content) + content)
            .decode()
            .rstrip("=")
        )

    def open_cursor(self, scope: str, text: str) -> tuple[tuple[Any, ...], int | None]:
        """Open the sort key and the position of a cursor; raise Invalid with another query."""
        try:
            whole = base64.urlsafe_b64decode(text + "===")
            digest, content = whole[:DIGEST_SIZE], whole[DIGEST_SIZE:]
            if digest != self._compute_digest(scope, content):
                raise ValueError
        except ValueError:
            raise _make_error(
                "cursor", "this cursor belongs to another query; start again without it"
            ) from None
        pinned, *keys = orjson.loads(content)
        return tuple(keys), self.open_position(pinned, "cursor") if pinned else None

    def _compute_digest(self, scope: str, content: bytes) -> bytes:
        keyed = hashlib.blake2b(scope.encode(), key=self.secret, digest_size=DIGEST_SIZE)
        keyed.update(b"\0" + content)
        return keyed.digest()

    @staticmethod
    def _mix_half(key: bytes, half: int) -> int:
        mixed = hashlib.blake2b(half.to_bytes(4, "big"), key=key, digest_size=4)
        return int.from_bytes(mixed.digest(), "big")


def _make_error(parameter: str, detail: str) -> Invalid:
    return Invalid(detail, Fault(code=f"not-a-{parameter}", detail=detail, parameter=parameter))


def describe_cursor_scope(parameters: QueryModel, path: str) -> str:
    """Return the text that ties a cursor to its query: the path and all that is asked there."""
    asked = sorted(parameters.model_fields_set - DISPLAY_PARAMS)
    return repr([path, *[(name, getattr(parameters, name)) for name in asked]])
