"""CSV, byte for byte."""

import csv
import io

import pandas
import pytest

from app.export.formats.csv import BOM, WRITER
from app.export.writer import RenderOptions
from tests.export.documents import DOCUMENTS
from tests.source import ROOT

GOLDEN = ROOT / "tests" / "data" / "export" / "events.csv"


def written(look: RenderOptions) -> bytes:
    return WRITER.with_options(look).write_all(DOCUMENTS)


def rows(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


def test_the_bytes_are_those_of_the_golden_file() -> None:
    assert WRITER.write_all(DOCUMENTS) == GOLDEN.read_bytes()


def test_lines_end_as_the_standard_says_and_those_inside_cells_stay() -> None:
    text = WRITER.write_all(DOCUMENTS)
    assert text.count(b"\r\n") == 3
    assert b'"First line\nsecond line; with a \xc3\xbc"' in text


def test_chunks_make_the_same_as_the_whole() -> None:
    parts = [WRITER.write_batch([each], started=bool(at)) for at, each in enumerate(DOCUMENTS)]
    assert WRITER.begin + b"".join(parts) == WRITER.write_all(DOCUMENTS)


def test_fields_narrow_the_columns_and_keep_their_order() -> None:
    header, first, second = rows(
        written(RenderOptions(fields=frozenset({"location", "title", "id"})))
    )
    places = ["location_name", "country", "admin1", "longitude", "latitude", "location_precision"]
    assert header == ["id", "title", *places]
    assert first[1:] == ['=Putin "visits" Pyongyang, again', "Pyongyang", "PRK", "", *_PLACE]
    assert second[1:] == ["A meeting", "", "", "", "", "", ""]


_PLACE = ["125.75", "-39.03", "city"]


def test_a_byte_order_mark_comes_when_it_is_asked_for() -> None:
    assert written(RenderOptions(bom=True)) == BOM + written(RenderOptions())


def test_no_text_is_a_formula_where_it_must_not_be() -> None:
    header, first, _ = rows(written(RenderOptions(is_safe=True)))
    cells = dict(zip(header, first, strict=True))
    assert cells["title"] == '\'=Putin "visits" Pyongyang, again'
    assert cells["override_reason"] == "'-1 source"
    assert cells["latitude"] == "-39.03"


@pytest.mark.parametrize("beside", ["known_by", "claims", "relations", "references"])
def test_what_is_asked_for_beside_the_fields_comes_last(beside: str) -> None:
    text = WRITER.with_options(RenderOptions(extra=frozenset({beside}))).begin
    assert text.startswith(WRITER.begin.rstrip(b"\r\n") + b",")


def test_pandas_reads_it() -> None:
    frame = pandas.read_csv(io.BytesIO(WRITER.write_all(DOCUMENTS)), parse_dates=["created_at"])
    assert list(frame["latitude"].dropna()) == [-39.03]
    assert str(frame["created_at"].dt.tz) == "UTC"
