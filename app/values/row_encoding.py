"""Lists of plain values as one piece of bytes, on their way from one process to the other.

A parcel takes a third of the memory of what is in it, and is opened where that is needed. It goes
after the message that it belongs to, not in it, so that neither process holds it twice.
"""

import marshal
import pickle
from multiprocessing.connection import Connection
from pickle import PickleBuffer
from typing import Any

PackedRows = PickleBuffer | bytes
"""As it is sent apart, and as it is made and arrives."""


def pack_rows(rows: list[Any]) -> bytes:
    """Rows made of tuples, texts, bytes and numbers, as a process of this program sends them."""
    return marshal.dumps(rows)


def unpack_rows(sent: PackedRows) -> list[Any]:
    """The rows of a parcel."""
    return marshal.loads(sent)  # type: ignore[no-any-return]


def send_message(pipe: "Connection[Any, Any]", message: Any) -> None:
    """Send a message to the other process, and then the parcels in it that go apart, one by one."""
    parcels: list[PickleBuffer] = []
    text = pickle.dumps(message, pickle.HIGHEST_PROTOCOL, buffer_callback=parcels.append)
    pipe.send((text, len(parcels)))
    for each in parcels:
        pipe.send_bytes(each.raw())


def receive_message(pipe: "Connection[Any, Any]") -> Any:
    """What the other process sent."""
    text, count = pipe.recv()
    parcels = [pipe.recv_bytes() for _ in range(count)]
    # A process of our own at the other end, as with every message of `multiprocessing`.
    return pickle.loads(text, buffers=parcels)  # noqa: S301
