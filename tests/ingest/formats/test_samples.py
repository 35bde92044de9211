"""Samples of every format: recognized by one format only, and read completely."""

import csv
import json
import re
from pathlib import Path

import pytest

from app.errors import Invalid
from app.ingest.mapping.detection import detect_format, list_import_formats
from app.ingest.reading.source_files import read_file_head
from app.ingest.report import REJECTION
from tests.ingest.samples import DATA, SAMPLES, batches, findings_in

EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES)
EVERY_TABLE = pytest.mark.parametrize(
    "sample", [name for name in SAMPLES if not name.endswith(".json")]
)
PRIVATE = ("acled", "icews", "polecat", "sipri")
HEADED = ("acled/sample.csv", "polecat/sample.txt", "icews/sample.tab")


def count_rows(path: Path) -> int:
    """The rows of a sample, counted without any of our code."""
    if path.suffix == ".json":
        return len(json.loads(path.read_text(encoding="utf-8"))["data"])
    text = path.read_text(encoding="iso-8859-1")
    if path.suffix in {".txt", ".tab"}:
        return text.count("\n") - 1
    records = list(csv.reader(text.splitlines(keepends=True)))
    header = next(number for number, cells in enumerate(records) if len(cells) > 12)
    return len(records) - header - 1


@EVERY_SAMPLE
def test_a_sample_is_of_one_format_only(sample: str) -> None:
    head = read_file_head(DATA / sample)
    found = detect_format(head)
    assert found.format.name == sample.partition("/")[0]
    assert found.format.title.split()[0] in found.reason
    assert sum(bool(format.recognize(head)) for format in list_import_formats().values()) == 1


@EVERY_SAMPLE
def test_every_row_of_a_sample_is_in(sample: str) -> None:
    found = batches(DATA / sample, sample.partition("/")[0])
    assert sum(len(batch.rows) for batch in found) == SAMPLES[sample]
    assert SAMPLES[sample] == count_rows(DATA / sample)
    assert REJECTION not in {each.severity for batch in found for each in batch.findings}


@EVERY_SAMPLE
def test_slugs_are_the_same_whatever_came_before(sample: str) -> None:
    first, again = (batches(DATA / sample, sample.partition("/")[0]) for _ in range(2))
    assert [batch.actors for batch in first] == [batch.actors for batch in again]


@pytest.mark.parametrize("name", PRIVATE)
def test_datasets_that_may_not_be_passed_on_are_private(name: str) -> None:
    facts = list_import_formats()[name].dataset
    assert facts.is_private
    assert facts.licence
    assert facts.citation


@EVERY_TABLE
def test_a_row_twice_is_told(sample: str, tmp_path: Path) -> None:
    lines = (DATA / sample).read_bytes().splitlines(keepends=True)
    path = tmp_path / "twice"
    path.write_bytes(b"".join([*lines, lines[-1]]))
    told = findings_in(path, sample.partition("/")[0])[-1]
    assert told[0] == len(lines) + 1
    assert re.search(rf"the same record is on line {len(lines)}$", told[2])


@pytest.mark.parametrize("sample", HEADED)
def test_a_file_without_its_header_is_refused(sample: str, tmp_path: Path) -> None:
    path = tmp_path / "headless"
    path.write_bytes((DATA / sample).read_bytes().partition(b"\n")[2])
    name = sample.partition("/")[0]
    with pytest.raises(Invalid, match=rf"line 1: this is not the header of {name.upper()}"):
        batches(path, name)
    with pytest.raises(Invalid, match="none of the formats known here"):
        detect_format(read_file_head(path))


@EVERY_TABLE
def test_a_missing_and_a_repeated_column_are_named(sample: str, tmp_path: Path) -> None:
    content, path = (DATA / sample).read_bytes(), tmp_path / "file"
    name, needed, other = sample.partition("/")[0], *_columns_in(content)
    path.write_bytes(content.replace(needed, b"x" + needed, 1))
    with pytest.raises(Invalid, match=f"header lacks {needed.decode().lower()}"):
        batches(path, name)
    path.write_bytes(content.replace(other, needed, 1))
    with pytest.raises(Invalid, match=r"header (?:lacks|names a column twice)"):
        batches(path, name)


def _columns_in(content: bytes) -> tuple[bytes, bytes]:
    """Two columns of a table, as its header writes them."""
    pairs = (("Latitude", "Longitude"), ("Comments", "status"))
    for written in (str, str.lower, str.upper):
        for pair in pairs:
            first, second = (written(name).encode() for name in pair)
            if first in content and second in content:
                return first, second
    raise AssertionError("no known column")


@EVERY_TABLE
def test_a_wrong_count_of_columns_is_told(sample: str, tmp_path: Path) -> None:
    lines = (DATA / sample).read_bytes().splitlines(keepends=True)
    tab = b"\t" in lines[0]
    lines.append(b"a\tb\n" if tab else b"a,b\n")
    path = tmp_path / "file"
    path.write_bytes(b"".join(lines))
    line, column, reason = findings_in(path, sample.partition("/")[0])[-1]
    assert (line, bool(column)) == (len(lines), True)
    assert re.fullmatch(r"the row has 2 columns, not \d\d", reason)


@EVERY_SAMPLE
def test_another_formats_file_is_refused(sample: str) -> None:
    for name in list_import_formats():
        if name != sample.partition("/")[0]:
            with pytest.raises(Invalid, match=r"line 1|no header|lacks"):
                batches(DATA / sample, name)
