"""Stream formats: documents in, bytes out, without a known end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import orjson

JsonDocument = dict[str, Any]
JsonText = str | bytes
"""A document as JSON."""


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """Options of an export.

    `fields` are the selected fields, None for all; `extra` names what the documents have beyond the
    usual fields. The rest is for tables: a byte order mark, and cells that no spreadsheet reads as
    formulas.
    """

    fields: frozenset[str] | None = None
    extra: frozenset[str] = frozenset()
    bom: bool = False
    is_safe: bool = False


@dataclass(frozen=True)
class Writer:
    """A writer of documents, which are JSON texts, one after another.

    `begin` and `end` enclose all of them, `between` separates two, `after` follows each.
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
        """Return a writer of the same format with other options."""
        return replace(self, options=options)

    @property
    def keeps_lines(self) -> bool:
        """True if documents given as lines are written unchanged."""
        return self.options.fields is None and self.after == b"\n"

    def write(self, document: JsonText) -> bytes:
        """Write one document, unchanged unless fields are left out."""
        fields = self.options.fields
        if fields is None:
            return (document.encode() if isinstance(document, str) else document) + self.after
        return orjson.dumps(keep_fields(orjson.loads(document), fields)) + self.after

    def write_lines(self, lines: bytes, started: bool) -> bytes:
        """Write some documents, given as lines."""
        return lines if self.keeps_lines else self.write_batch(lines.split(b"\n")[:-1], started)

    def write_batch(self, documents: Sequence[JsonText], started: bool) -> bytes:
        """Write one batch; `started` means that documents were written before."""
        written = self.between.join(self.write(document) for document in documents)
        return self.between + written if started and documents else written

    def write_all(self, documents: Sequence[JsonText]) -> bytes:
        """Write all of a short answer."""
        return self.begin + self.write_batch(documents, started=False) + self.end


def join_lines(documents: Sequence[JsonText]) -> bytes:
    """Return documents as lines."""
    parts = [document.encode() if isinstance(document, str) else document for document in documents]
    return b"\n".join([*parts, b""])


def keep_fields(document: JsonDocument, fields: frozenset[str]) -> JsonDocument:
    """Return the wanted fields of a document, in its order."""
    return {name: value for name, value in document.items() if name in fields}
