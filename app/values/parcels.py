"""Lists of plain values as one piece of bytes, on their way from one process to the other.

A parcel takes a third of the memory of what is in it, and is opened where that is needed.
"""

import marshal
from typing import Any


def parcel(rows: list[Any]) -> bytes:
    """Rows made of tuples, texts, bytes and numbers, as a process of this program sends them."""
    return marshal.dumps(rows)


def opened(sent: bytes) -> list[Any]:
    """The rows of a parcel."""
    return marshal.loads(sent)  # type: ignore[no-any-return]
