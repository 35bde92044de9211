"""Parquet: the columns of `export/table_columns.py` with their types, compressed with zstd.

Arrow itself reads the fields of fixed shape from JSON, without a Python object per row. Details,
codes and included parts, which have no fixed shape, are decoded separately.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from msgspec import Raw

from app.errors import NotAcceptable
from app.export.event_struct import decode_events, decode_open_parts
from app.export.file_format import FILE_SCHEMA, FileFormat, FileSink
from app.export.table_columns import COLUMNS, INCLUDE_COLUMNS, list_columns
from app.export.text_columns import INCLUDE_MAKERS
from app.export.writer import RenderOptions
from app.vocab.event_layout import EVENT_LAYOUT, DocumentField, FieldType

MEDIA_TYPE = "application/vnd.apache.parquet"
GROUP_ROWS = 32_768
"""Rows of a row group, held in memory before it is written, some 20 MB."""

BATCH_BYTES = 2_097_152
"""Bytes parsed at a time: each call costs some 800 µs, whatever the size."""

BLOCK_BYTES = 524_288
"""Bytes that each of Arrow's threads parses at a time."""

MISSING_PYARROW = (
    "Parquet is made with pyarrow, which is not installed here: pip install 'annals[parquet]'"
)

_OBJECTS: Mapping[str, Mapping[str, str]] = {
    field.name: {member.column: member.name for member in field.members}
    for field in EVENT_LAYOUT
    if field.members
}
"""The columns of each object or list of objects, with the members that they hold."""

_NULL = Raw(b"null")


class ParquetSink:
    """A file to which batches of documents are written as row groups."""

    def __init__(self, path: Path, options: RenderOptions, metadata: Mapping[str, str]) -> None:
        self._arrow, self._json, self._compute, parquet = _import_pyarrow()
        self._options = options
        self._names = list_columns(options.fields, options.extra)
        self._json_options = self._make_parse_options()
        schema = self._make_schema().with_metadata(dict(metadata))
        self._file_schema = schema
        self._writer = parquet.ParquetWriter(path, schema, compression="zstd")
        self._lines: list[bytes] = []
        self._lines_bytes = 0
        self._batches: list[Any] = []

    def add(self, lines: bytes) -> None:
        """Collect documents into batches, and batches into row groups."""
        self._lines.append(lines)
        self._lines_bytes += len(lines)
        if self._lines_bytes >= BATCH_BYTES:
            self._read_lines()

    def close(self) -> None:
        """Write the rest and the end of the file."""
        self._read_lines()
        self._flush()
        self._writer.close()

    def _read_lines(self) -> None:
        if self._lines:
            # No line is longer than what came at once: each block holds at least one.
            block = max(BLOCK_BYTES, *map(len, self._lines))
            self._batches.append(self._make_batch(b"".join(self._lines), block))
        self._lines, self._lines_bytes = [], 0
        if sum(batch.num_rows for batch in self._batches) >= GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._batches:
            group = self._arrow.Table.from_batches(self._batches, self._file_schema)
            self._writer.write_table(group, row_group_size=GROUP_ROWS * 2)
        self._batches = []

    def _make_batch(self, lines: bytes, block: int) -> Any:
        options = self._json.ReadOptions(block_size=block)
        table = self._json.read_json(
            io.BytesIO(lines), read_options=options, parse_options=self._json_options
        )
        columns = dict(self._flatten_objects(table))
        columns.update(self._decode_open_parts(lines))
        columns.update(self._make_included_columns(lines))
        wanted = [
            self._compute.cast(columns[name], self._file_schema.field(name).type)
            for name in self._names
        ]
        return self._arrow.RecordBatch.from_arrays(wanted, schema=self._file_schema)

    def _flatten_objects(self, table: Any) -> Iterable[tuple[str, Any]]:
        whole = {name: table.column(name).combine_chunks() for name in table.column_names}
        parts = {name: array for name, array in whole.items() if name in _OBJECTS}
        yield from ((name, array) for name, array in whole.items() if name not in parts)
        for name, array in parts.items():
            if name == "participants":
                offsets = array.offsets
                for column, part in _OBJECTS[name].items():
                    values = array.values.field(part)
                    yield column, self._arrow.ListArray.from_arrays(offsets, values)
            else:
                children = dict(zip(_list_field_names(array.type), array.flatten(), strict=True))
                yield from ((column, children[part]) for column, part in _OBJECTS[name].items())

    def _decode_open_parts(self, lines: bytes) -> Iterable[tuple[str, Any]]:
        if not {"details", "codes"} & set(self._names):
            return
        text, parts = self._arrow.string(), decode_open_parts(lines)
        details = [None if part.details == _NULL else str(part.details, "utf-8") for part in parts]
        codes = [[f"{scheme}:{code}" for scheme, code in part.codes.items()] for part in parts]
        yield "details", self._arrow.array(details, text)
        yield "codes", self._arrow.array(codes, self._arrow.list_(text))

    def _make_included_columns(self, lines: bytes) -> Iterable[tuple[str, Any]]:
        extra = [name for name in INCLUDE_COLUMNS if name in self._options.extra]
        if extra:
            events = decode_events(lines)
            for name in extra:
                cells = INCLUDE_MAKERS[name](events)
                yield INCLUDE_COLUMNS[name], self._arrow.array(cells, self._arrow.string())

    def _make_schema(self) -> Any:
        arrow = self._arrow
        types = dict.fromkeys((*COLUMNS, *INCLUDE_COLUMNS.values()), arrow.string())
        for field in EVENT_LAYOUT:
            for column, type in _list_column_types(field):
                found = arrow.date32() if type == "day" else self._make_json_type(type)
                types[column] = arrow.list_(found) if field.type == "objects" else found
        return arrow.schema([(name, types[name]) for name in self._names])

    def _make_json_type(self, type: FieldType) -> Any:
        """Return the Arrow type that a value is read as; days are cast from texts later."""
        arrow = self._arrow
        types = {
            "instant": arrow.timestamp("us", tz="UTC"),
            "integer": arrow.int32(),
            "number": arrow.float64(),
            "texts": arrow.list_(arrow.string()),
            "codes": arrow.list_(arrow.string()),
        }
        return types.get(type, arrow.string())

    def _make_parse_options(self) -> Any:
        arrow, types = self._arrow, []
        for field in EVENT_LAYOUT:
            if field.members:
                read = arrow.struct([(m.name, self._make_json_type(m.type)) for m in field.members])
                types.append((field.name, arrow.list_(read) if field.type == "objects" else read))
            elif field.type not in {"json", "codes"}:
                types.append((field.name, self._make_json_type(field.type)))
        return self._json.ParseOptions(
            explicit_schema=arrow.schema(types), unexpected_field_behavior="ignore"
        )


def _list_column_types(field: DocumentField) -> Sequence[tuple[str, FieldType]]:
    members = [(member.column, member.type) for member in field.members]
    return members or [(field.name, field.type)]


def _list_field_names(struct: Any) -> list[str]:
    return [struct.field(place).name for place in range(struct.num_fields)]


def _import_pyarrow() -> tuple[Any, Any, Any, Any]:
    """Return the modules needed from the extra `parquet`; raise NotAcceptable without it."""
    names = ("pyarrow", "pyarrow.json", "pyarrow.compute", "pyarrow.parquet")
    try:
        arrow, json, compute, parquet = (import_module(name) for name in names)
    except ImportError:
        raise NotAcceptable(MISSING_PYARROW) from None
    return arrow, json, compute, parquet


def open_parquet(path: Path, options: RenderOptions, metadata: Mapping[str, str]) -> FileSink:
    """Begin a file."""
    return ParquetSink(path, options, metadata)


WRITER = FileFormat(
    name="parquet",
    media_type=MEDIA_TYPE,
    open=open_parquet,
    reference={"schema": FILE_SCHEMA, "example": "PAR1"},
)
