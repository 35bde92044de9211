"""Parquet: the columns of `export/table_columns.py` with their types, compressed with zstd.

The fields of fixed shape are read from JSON by Arrow itself, without a Python object a row. What
has no fixed shape, details, codes and what is included, is decoded apart.
"""

import io
from collections.abc import Iterable, Mapping
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

MEDIA_TYPE = "application/vnd.apache.parquet"
GROUP_ROWS = 32_768
"""Rows of a row group: what is held in memory before it is written, some 20 MB."""

BATCH_BYTES = 2_097_152
"""What is read at once: reading costs some 800 µs, whatever its size."""

BLOCK_BYTES = 524_288
"""What each of Arrow's threads reads of it at once."""

MISSING_PYARROW = (
    "Parquet is made with pyarrow, which is not installed here: pip install 'annals[parquet]'"
)

_DAYS = frozenset({"earliest_on", "latest_on", "claims_first_made_on"})
_WHOLE_NUMBERS = ("affirming", "denying", "independent")


class ParquetSink:
    """Writes batches of documents as row groups."""

    def __init__(self, path: Path, look: RenderOptions, said: Mapping[str, str]) -> None:
        self._arrow, self._json, self._compute, parquet = _import_pyarrow()
        self._options = look
        self._names = list_columns(look.fields, look.extra)
        self._json_options = self._make_parse_options()
        schema = self._make_schema().with_metadata(dict(said))
        self._file_schema = schema
        self._writer = parquet.ParquetWriter(path, schema, compression="zstd")
        self._lines: list[bytes] = []
        self._lines_bytes = 0
        self._batches: list[Any] = []

    def add(self, lines: bytes) -> None:
        """Hold the documents until they make a batch, and batches until they make a row group."""
        self._lines.append(lines)
        self._lines_bytes += len(lines)
        if self._lines_bytes >= BATCH_BYTES:
            self._read_lines()

    def close(self) -> None:
        """Write the rest, and the file's end."""
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
        parts = {name: each for name, each in whole.items() if name in _OBJECTS}
        yield from ((name, each) for name, each in whole.items() if name not in parts)
        for name, each in parts.items():
            if name == "participants":
                offsets = each.offsets
                for column, part in _OBJECTS[name].items():
                    values = each.values.field(part)
                    yield column, self._arrow.ListArray.from_arrays(offsets, values)
            else:
                children = dict(zip(_list_field_names(each.type), each.flatten(), strict=True))
                yield from ((column, children[part]) for column, part in _OBJECTS[name].items())

    def _decode_open_parts(self, lines: bytes) -> Iterable[tuple[str, Any]]:
        if not {"details", "codes"} & set(self._names):
            return
        text, parts = self._arrow.string(), decode_open_parts(lines)
        details = [None if each.details == _NULL else str(each.details, "utf-8") for each in parts]
        codes = [[f"{scheme}:{code}" for scheme, code in each.codes.items()] for each in parts]
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
        texts = arrow.list_(arrow.string())
        types: dict[str, Any] = {
            **dict.fromkeys((*COLUMNS, *INCLUDE_COLUMNS.values()), arrow.string()),
            **dict.fromkeys(_DAYS, arrow.date32()),
            **dict.fromkeys(("created_at", "updated_at"), arrow.timestamp("us", tz="UTC")),
            **dict.fromkeys(("longitude", "latitude"), arrow.float64()),
            **dict.fromkeys(("codes", "tags", *_OBJECTS["participants"]), texts),
            **dict.fromkeys(("revision", *_OBJECTS["fatalities"]), arrow.int32()),
            **dict.fromkeys([f"claims_{name}" for name in _WHOLE_NUMBERS], arrow.int32()),
        }
        return arrow.schema([(name, types[name]) for name in self._names])

    def _make_parse_options(self) -> Any:
        arrow = self._arrow
        text, number = arrow.string(), arrow.int32()
        numbers = dict.fromkeys(
            ("low", "best", "high", "longitude", "latitude", *_WHOLE_NUMBERS), number
        )
        numbers |= dict.fromkeys(("longitude", "latitude"), arrow.float64())
        shapes: dict[str, Any] = {
            name: arrow.struct([(part, numbers.get(part, text)) for part in parts.values()])
            for name, parts in _OBJECTS.items()
        }
        shapes["participants"] = arrow.list_(shapes["participants"])
        moment = arrow.timestamp("us", tz="UTC")
        plain = [name for name in COLUMNS if name in _PLAIN]
        types = dict.fromkeys(plain, text) | {"revision": number, "tags": arrow.list_(text)}
        types |= dict.fromkeys(("created_at", "updated_at"), moment)
        return self._json.ParseOptions(
            explicit_schema=arrow.schema([*types.items(), *shapes.items()]),
            unexpected_field_behavior="ignore",
        )


_OBJECTS: Mapping[str, Mapping[str, str]] = {
    "verification_override": {"override_status": "status", "override_reason": "reason"},
    "location": {
        "location_name": "name",
        "country": "country",
        "admin1": "admin1",
        "longitude": "longitude",
        "latitude": "latitude",
        "location_precision": "precision",
    },
    "participants": {
        "participant_actors": "actor",
        "participant_names": "name",
        "participant_for": "for",
        "participant_roles": "role",
    },
    "fatalities": {f"fatalities_{name}": name for name in ("low", "best", "high")},
    "claims": {
        **{f"claims_{name}": name for name in _WHOLE_NUMBERS},
        "claims_first_made_on": "first_made_on",
    },
}
_FROM_OBJECTS = {column for parts in _OBJECTS.values() for column in parts}
_NULL = Raw(b"null")
_PLAIN = frozenset(COLUMNS) - _FROM_OBJECTS - {"details", "codes"}


def _list_field_names(struct: Any) -> list[str]:
    return [struct.field(place).name for place in range(struct.num_fields)]


def _import_pyarrow() -> tuple[Any, Any, Any, Any]:
    """The modules that are needed of the extra `parquet`."""
    names = ("pyarrow", "pyarrow.json", "pyarrow.compute", "pyarrow.parquet")
    try:
        arrow, json, compute, parquet = (import_module(name) for name in names)
    except ImportError:
        raise NotAcceptable(MISSING_PYARROW) from None
    return arrow, json, compute, parquet


def open_parquet(path: Path, look: RenderOptions, said: Mapping[str, str]) -> FileSink:
    """Begin a file."""
    return ParquetSink(path, look, said)


WRITER = FileFormat(
    name="parquet",
    media_type=MEDIA_TYPE,
    open=open_parquet,
    reference={"schema": FILE_SCHEMA, "example": "PAR1"},
)
