"""Tokens of keys: `annals_<id>_<secret>`, and the hash of them that is stored.

The id is 16 hexadecimal digits, the secret 32 random bytes in base 62, so that a double click
selects the whole token. Its SHA-256 is stored: the token is random, so that a slow hash would
protect nothing and cost every request.
"""

import hashlib
import re
import string
from dataclasses import dataclass

RANDOM_BYTES = 40
"""The random bytes of a key: 8 for its id, 32 for its secret."""

FIRST_KEY_ID = "first"
"""The id of the key that the first start creates: fixed, so that two starts create only one."""

GIVEN_PATTERN = r"[A-Za-z0-9._~-]{16,200}"
"""The pattern of a token that the operator chooses (ANNALS_ADMIN_KEY)."""

_ID_BYTES = 8
_SECRET_LENGTH = 43
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_TOKEN = re.compile(rf"annals_([0-9a-f]{{16}}|{FIRST_KEY_ID})_[0-9A-Za-z]{{{_SECRET_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class MintedKey:
    """A key as it is handed out, once: its id, its token, and the hash that is stored."""

    id: str
    token: str
    hash: str


def mint_key(random: bytes, id: str | None = None) -> MintedKey:
    """Make a key of `RANDOM_BYTES` random bytes; `id` replaces the random id."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a key is made of {RANDOM_BYTES} random bytes, not {len(random)}")
    key_id = random[:_ID_BYTES].hex() if id is None else id
    token = f"annals_{key_id}_{_encode_base62(random[_ID_BYTES:])}"
    return MintedKey(key_id, token, hash_token(token))


def hash_token(token: str) -> str:
    """Return the SHA-256 of a token, in hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def read_token_id(token: str) -> str:
    """Return the id in a token; a token without one can only be that of the first key."""
    match = _TOKEN.fullmatch(token)
    return match[1] if match else FIRST_KEY_ID


def _encode_base62(secret: bytes) -> str:
    number = int.from_bytes(secret, "big")
    digits = []
    for _ in range(_SECRET_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
