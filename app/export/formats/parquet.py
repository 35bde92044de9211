"""Parquet: the columns of `export/flat.py` with their types; lists are lists, zstd, row groups.

The fields of fixed shape are read from JSON by Arrow itself, without a Python object a row. What
has no fixed shape, details and codes, is cut out of the text: no string of JSON holds the
characters that are looked for, since quotes inside of it are escaped.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from json import JSONDecoder
from pathlib import Path
from typing import Any

import orjson

from app.errors import NotAcceptable
from app.export.file_format import FileFormat, Sink
from app.export.flat import COLUMNS, EXTRA, columns_of, extra_cells
from app.export.writer import Look

MEDIA_TYPE = "application/vnd.apache.parquet"
GROUP_ROWS = 32_768
"""Rows of a row group: what is held in memory before it is written, some 20 MB."""

MISSING = "Parquet is made with pyarrow, which is not installed here: pip install 'annals[parquet]'"

_DAYS = frozenset({"earliest_on", "latest_on", "claims_first_made_on"})
_DETAILS = '],"details":'
_CODES = ',"codes":'
_WHOLE_NUMBERS = ("affirming", "denying", "independent")
_decode = JSONDecoder().raw_decode


class ParquetSink:
    """Writes batches of documents as row groups."""

    def __init__(self, path: Path, look: Look, said: Mapping[str, str]) -> None:
        self._arrow, self._json, self._compute, parquet = _pyarrow()
        self._look = look
        self._names = columns_of(look.fields, look.extra)
        self._parsing = self._parse_options()
        schema = self._schema().with_metadata(dict(said))
        self._schema_said = schema
        self._writer = parquet.ParquetWriter(path, schema, compression="zstd")
        self._held: list[Any] = []
        self._held_rows = 0

    def add(self, lines: bytes) -> None:
        """Hold the documents until they make a row group."""
        batch = self._batch(lines)
        self._held.append(batch)
        self._held_rows += batch.num_rows
        if self._held_rows >= GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        """Write the rest, and the file's end."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._held:
            group = self._arrow.Table.from_batches(self._held, self._schema_said)
            self._writer.write_table(group, row_group_size=GROUP_ROWS * 2)
        self._held, self._held_rows = [], 0

    def _batch(self, lines: bytes) -> Any:
        options = self._json.ReadOptions(use_threads=False, block_size=len(lines) + 1)
        table = self._json.read_json(
            io.BytesIO(lines), read_options=options, parse_options=self._parsing
        )
        columns = dict(self._flat(table))
        texts = lines.decode().split("\n")[:-1]
        if {"details", "codes"} & set(self._names):
            loose = [_loose(text) for text in texts]
            columns["details"] = self._arrow.array([each for each, _ in loose], _string(self))
            codes = [each for _, each in loose]
            columns["codes"] = self._arrow.array(codes, self._arrow.list_(_string(self)))
        columns.update(self._beside(texts))
        wanted = [
            self._compute.cast(columns[name], self._schema_said.field(name).type)
            for name in self._names
        ]
        return self._arrow.RecordBatch.from_arrays(wanted, schema=self._schema_said)

    def _flat(self, table: Any) -> Iterable[tuple[str, Any]]:
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
                children = dict(zip(_field_names(each.type), each.flatten(), strict=True))
                yield from ((column, children[part]) for column, part in _OBJECTS[name].items())

    def _beside(self, texts: Sequence[str]) -> dict[str, Any]:
        extra = [name for name in EXTRA if name in self._look.extra]
        if not extra:
            return {}
        rows = [extra_cells(orjson.loads(text), extra) for text in texts]
        columns = zip(*rows, strict=True)
        return {
            EXTRA[name]: self._arrow.array(cells, _string(self))
            for name, cells in zip(extra, columns, strict=True)
        }

    def _schema(self) -> Any:
        arrow = self._arrow
        texts = arrow.list_(arrow.string())
        types: dict[str, Any] = {
            **dict.fromkeys((*COLUMNS, *EXTRA.values()), arrow.string()),
            **dict.fromkeys(_DAYS, arrow.date32()),
            **dict.fromkeys(("created_at", "updated_at"), arrow.timestamp("us", tz="UTC")),
            **dict.fromkeys(("longitude", "latitude"), arrow.float64()),
            **dict.fromkeys(("codes", "tags", *_OBJECTS["participants"]), texts),
            **dict.fromkeys(("revision", *_OBJECTS["fatalities"]), arrow.int32()),
            **dict.fromkeys([f"claims_{name}" for name in _WHOLE_NUMBERS], arrow.int32()),
        }
        return arrow.schema([(name, types[name]) for name in self._names])

    def _parse_options(self) -> Any:
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
_PLAIN = frozenset(COLUMNS) - _FROM_OBJECTS - {"details", "codes"}


def _string(sink: ParquetSink) -> Any:
    return sink._arrow.string()


def _field_names(struct: Any) -> list[str]:
    return [struct.field(place).name for place in range(struct.num_fields)]


def _loose(text: str) -> tuple[str | None, list[str]]:
    """The details, as they stand in a document, and the codes as `scheme:code`."""
    begin = text.index(_DETAILS) + len(_DETAILS)
    details, end = _decode(text, begin)
    codes, _ = _decode(text, text.index(_CODES, end) + len(_CODES))
    whole = None if details is None else text[begin:end]
    return whole, [f"{scheme}:{code}" for scheme, code in codes.items()]


def _pyarrow() -> tuple[Any, Any, Any, Any]:
    """The modules that are needed of the extra `parquet`."""
    names = ("pyarrow", "pyarrow.json", "pyarrow.compute", "pyarrow.parquet")
    try:
        arrow, json, compute, parquet = (import_module(name) for name in names)
    except ImportError:
        raise NotAcceptable(MISSING) from None
    return arrow, json, compute, parquet


def open_parquet(path: Path, look: Look, said: Mapping[str, str]) -> Sink:
    """Begin a file."""
    return ParquetSink(path, look, said)


WRITER = FileFormat(name="parquet", media_type=MEDIA_TYPE, open=open_parquet)
