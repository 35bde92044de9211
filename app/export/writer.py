"""What an export format is: documents in, bytes out, with no end in sight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import orjson

JsonDocument = dict[str, Any]
JsonText = str | bytes
"""A document as JSON."""


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """How documents are to be written: what of them, and with what beside them.

    `fields` are those that are shown, None for all; `extra` names what the documents have beyond
    the usual fields. The rest is for tables: a byte order mark, and cells that no spreadsheet
    takes for a formula.
    """

    fields: frozenset[str] | None = None
    extra: frozenset[str] = frozenset()
    bom: bool = False
    is_safe: bool = False


@dataclass(frozen=True)
class Writer:
    """Writes documents, which are JSON texts, one after another.

    `begin` and `end` stand around all of them, `between` between any two, `after` behind each.
    `reference` is the media type object of the format in the OpenAPI description.
    """

    rank: ClassVar[int] = 0
    """Place among the formats in the reference: documents, then rows, then files."""

    name: str
    media_type: str
    begin: bytes = b""
    between: bytes = b""
    after: bytes = b""
    end: bytes = b""
    options: RenderOptions = field(default_factory=RenderOptions)
    reference: Mapping[str, Any] = field(default_factory=lambda: {"schema": {"type": "string"}})

    @property
    def content_type(self) -> str:
        """The media type with its parameters."""
        return self.media_type

    def with_options(self, options: RenderOptions) -> "Writer":
        """A writer of the same format that writes documents so."""
        return replace(self, options=options)

    @property
    def keeps_lines(self) -> bool:
        """Whether documents that come as lines are written as they are."""
        return self.options.fields is None and self.after == b"\n"

    def write(self, document: JsonText) -> bytes:
        """One document; as it is, where nothing is to be left out."""
        fields = self.options.fields
        if fields is None:
            return (document.encode() if isinstance(document, str) else document) + self.after
        return orjson.dumps(keep_fields(orjson.loads(document), fields)) + self.after

    def write_lines(self, lines: bytes, started: bool) -> bytes:
        """Some documents that come as lines."""
        return lines if self.keeps_lines else self.write_batch(lines.split(b"\n")[:-1], started)

    def write_batch(self, documents: Sequence[JsonText], started: bool) -> bytes:
        """One batch; `started` says that documents have gone before."""
        written = self.between.join(self.write(document) for document in documents)
        return self.between + written if started and documents else written

    def write_all(self, documents: Sequence[JsonText]) -> bytes:
        """All of a short answer."""
        return self.begin + self.write_batch(documents, started=False) + self.end


def join_lines(documents: Sequence[JsonText]) -> bytes:
    """Documents as lines."""
    parts = [each.encode() if isinstance(each, str) else each for each in documents]
    return b"\n".join([*parts, b""])


def keep_fields(document: JsonDocument, fields: frozenset[str]) -> JsonDocument:
    """The fields of a document that are wanted, in its order."""
    return {name: value for name, value in document.items() if name in fields}
