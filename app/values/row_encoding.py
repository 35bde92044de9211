"""Lists of plain values packed into bytes, on their way between processes.

Packed rows take a third of the memory and are unpacked where they are needed. They follow the
message that they belong to, so that neither process holds them twice.
"""

import marshal
import pickle
from multiprocessing.connection import Connection
from pickle import PickleBuffer
from typing import Any

PackedRows = PickleBuffer | bytes
"""As sent apart from the message, and as packed and received."""


def pack_rows(rows: list[Any]) -> bytes:
    """Return rows of tuples, texts, bytes and numbers as bytes for another of our processes."""
    return marshal.dumps(rows)


def unpack_rows(sent: PackedRows) -> list[Any]:
    """Return the rows that `pack_rows` packed."""
    return marshal.loads(sent)  # type: ignore[no-any-return]


def send_message(pipe: "Connection[Any, Any]", message: Any) -> None:
    """Send a message to the other process, followed by its packed rows one by one."""
    parcels: list[PickleBuffer] = []
    text = pickle.dumps(message, pickle.HIGHEST_PROTOCOL, buffer_callback=parcels.append)
    pipe.send((text, len(parcels)))
    for buffer in parcels:
        pipe.send_bytes(buffer.raw())


def receive_message(pipe: "Connection[Any, Any]") -> Any:
    """Return the next message of the other process."""
    text, count = pipe.recv()
    parcels = [pipe.recv_bytes() for _ in range(count)]
    # A process of our own at the other end, as with every message of `multiprocessing`.
    return pickle.loads(text, buffers=parcels)  # noqa: S301
