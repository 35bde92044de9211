"""Parquet: typed columns with the same values as CSV."""

import csv
import io
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from app.errors import NotAcceptable
from app.export.formats import parquet
from app.export.formats.csv import WRITER as CSV
from app.export.formats.parquet import WRITER
from app.export.table_columns import COLUMNS, read_list_cell
from app.export.writer import RenderOptions
from tests.export.documents import BARE, DOCUMENTS, FULL, document

LISTS = ("participant_actors", "participant_names", "participant_for", "participant_roles")
TRICKY = document(
    {
        **FULL,
        "title": '],"details":{"x":1},"codes":{"a":"b"}',
        "details": {"series": '"],"details":null', "ordinal": 2},
        "codes": {"codes": ',"codes":{}', "details": '],"details":3'},
    }
)


def made(tmp_path: Path, documents: list[str], look: RenderOptions | None = None) -> Any:
    said = {"licence": "CC-BY-4.0"}
    sink = WRITER.open(tmp_path / "events.parquet", look or RenderOptions(), said)
    for each in documents:
        sink.add(f"{each}\n".encode())
    sink.close()
    return pq.ParquetFile(tmp_path / "events.parquet")


def as_cell(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        text: str = value.isoformat()
        return text if "T" not in text else f"{value:%Y-%m-%dT%H:%M:%S.%f}Z"
    return str(value)


def test_the_columns_say_the_same_as_those_of_csv(tmp_path: Path) -> None:
    documents = [*DOCUMENTS, TRICKY]
    rows = made(tmp_path, documents).read().to_pylist()
    told = list(csv.DictReader(io.StringIO(CSV.write_all(documents).decode(), newline="")))
    assert [tuple(row) for row in rows] == [COLUMNS] * 3
    for row, cells in zip(rows, told, strict=True):
        for name in COLUMNS:
            if isinstance(row[name], list):
                padded = read_list_cell(cells[name]) or [""] * len(row[name])
                assert [each or "" for each in row[name]] == padded, name
            else:
                assert as_cell(row[name]) == cells[name], name


def test_types_are_those_that_columns_have(tmp_path: Path) -> None:
    schema = made(tmp_path, DOCUMENTS).schema_arrow
    types = {name: str(schema.field(name).type) for name in COLUMNS}
    assert types["earliest_on"] == "date32[day]"
    assert types["created_at"] == "timestamp[us, tz=UTC]"
    assert types["fatalities_best"] == types["revision"] == "int32"
    assert types["longitude"] == "double"
    assert types["tags"] == types["participant_actors"] == "list<element: string>"


def test_the_file_says_what_is_said_about_it(tmp_path: Path) -> None:
    file = made(tmp_path, DOCUMENTS)
    assert file.schema_arrow.metadata[b"licence"] == b"CC-BY-4.0"
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_fields_narrow_the_columns(tmp_path: Path) -> None:
    look = RenderOptions(fields=frozenset({"title", "location"}), extra=frozenset({"known_by"}))
    beside = {"day": "2024-06-12", "derived": []}
    file = made(tmp_path, [document(BARE, known_by=beside)], look)
    (row,) = file.read().to_pylist()
    assert (next(iter(row)), list(row)[-1], row["known_by"]) == ("title", "known_by", "2024-06-12")
    assert row["latitude"] is None


def test_no_event_is_a_file_too(tmp_path: Path) -> None:
    assert made(tmp_path, []).read().num_rows == 0


def test_row_groups_are_written_as_they_are_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "GROUP_ROWS", 2)
    monkeypatch.setattr(parquet, "BATCH_BYTES", 1)
    file = made(tmp_path, DOCUMENTS * 3)
    assert file.num_row_groups == 3
    assert [orjson.loads(DOCUMENTS[0])["id"]] * 3 == file.read()["id"].to_pylist()[::2]


def test_a_document_longer_than_a_block_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "BLOCK_BYTES", 16)
    long = document({**FULL, "summary": "x" * 5000})
    ids = made(tmp_path, [*DOCUMENTS, long, *DOCUMENTS]).read()["id"].to_pylist()
    assert ids == [orjson.loads(each)["id"] for each in [*DOCUMENTS, long, *DOCUMENTS]]


def test_without_pyarrow_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(parquet, "import_module", missing)
    with pytest.raises(NotAcceptable, match=r"annals\[parquet\]"):
        made(tmp_path, DOCUMENTS)
