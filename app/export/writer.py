"""What an export format is: documents in, bytes out, with no end in sight."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

Document = dict[str, Any]


@dataclass(frozen=True)
class Writer:
    """Writes documents, which are JSON texts, one after another.

    `begin` and `end` stand around all of them, `between` between any two, `after` behind each.
    `shape` makes of the whole document, and of the part of it that is shown, what is written;
    without it that part is. `fields` are those that are shown, None for all.
    """

    name: str
    media_type: str
    begin: bytes = b""
    between: bytes = b""
    after: bytes = b""
    end: bytes = b""
    shape: Callable[[Document, Document], Document] | None = None
    fields: frozenset[str] | None = None

    def only(self, fields: Iterable[str] | None) -> "Writer":
        """A writer of the same format that shows no other fields."""
        return replace(self, fields=frozenset(fields)) if fields else self

    def write(self, document: str) -> bytes:
        """One document; as it is, where nothing is to be left out or shaped."""
        if self.fields is None and self.shape is None:
            return document.encode() + self.after
        whole: Document = orjson.loads(document)
        shown = whole if self.fields is None else narrowed(whole, self.fields)
        return orjson.dumps(self.shape(whole, shown) if self.shape else shown) + self.after

    def chunk(self, documents: Sequence[str], started: bool) -> bytes:
        """One batch; `started` says that documents have gone before."""
        written = self.between.join(self.write(document) for document in documents)
        return self.between + written if started and documents else written

    def whole(self, documents: Sequence[str]) -> bytes:
        """All of a short answer."""
        return self.begin + self.chunk(documents, started=False) + self.end


def narrowed(document: Document, fields: frozenset[str]) -> Document:
    """The fields of a document that are wanted, in its order."""
    return {name: value for name, value in document.items() if name in fields}
