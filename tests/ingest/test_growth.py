"""The growth of readers' cost: twice the size takes twice the CPU."""

import gzip
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from app.errors import Invalid
from app.ingest.mapping.detection import detect_format, find_format
from app.ingest.reading.import_format import BadRow, FileContext, FileRow
from app.ingest.reading.json_rows import read_json_rows
from app.ingest.reading.source_files import open_file
from app.ingest.reading.tables import read_csv_rows, read_header_names, read_tab_rows
from app.ingest.reading.text_lines import TextLines
from tests.growth import MOST_GROWTH, growth_of
from tests.ingest.every_format import EACH

MOST = 1_000_000_000
HEADER_LINES = 12
"""The largest number of lines before the rows of a sample."""


def csv(text: bytes) -> None:
    lines = TextLines(BytesIO(text), MOST)
    for _ in read_csv_rows(lines, lambda record: (read_header_names(record, frozenset()), False)):
        pass


def tab(text: bytes) -> None:
    lines = TextLines(BytesIO(text), MOST)
    for _ in read_tab_rows(lines, lambda record: (read_header_names(record, frozenset()), False)):
        pass


def objects(text: bytes) -> None:
    for _ in read_json_rows(TextLines(BytesIO(text), MOST), "data", frozenset(), {}):
        pass


def names(separator: str) -> Callable[[int], bytes]:
    """Return a header whose last column is repeated."""
    return lambda size: separator.join([*(f"c{n}" for n in range(size)), "c1"]).encode()


TEXTS: dict[str, tuple[Callable[[bytes], None], Callable[[int], bytes], int]] = {
    "columns of CSV": (csv, names(","), 2_000),
    "columns between tabs": (tab, names("\t"), 2_000),
    "a column again and again": (csv, lambda size: b"a," * size, 2_000),
    "rows of CSV": (csv, lambda size: b"a,b\n" + b'1,"x ""y"""\n' * size, 2_000),
    "rows between tabs": (tab, lambda size: b"a\tb\n" + b"1\t2\n" * size, 2_000),
    "an open quote": (csv, lambda size: b'a,b\n1,"' + b"x\n" * size, 20_000),
    "JSON objects": (objects, lambda size: b"[" + b'{"a":"b"},' * size + b"{}]", 2_000),
    "JSON names": (objects, lambda size: b'{"data":[{' + b'"a":1,' * size + b'"b":2}]}', 2_000),
    "a long JSON text": (objects, lambda size: b'["' + b"\\n" * size, 10_000),
    "blanks in JSON": (objects, lambda size: b"[" + b" \n" * size + b"]", 10_000),
    "depth of JSON": (objects, lambda size: b"[" * size, 50_000),
}


@pytest.mark.parametrize("name", TEXTS)
def test_twice_the_text_takes_twice_the_time(name: str) -> None:
    assert growth_of(*TEXTS[name]) <= MOST_GROWTH


def read_and_map(text: bytes, format: str) -> None:
    found = find_format(format)
    for row in found.read(TextLines(BytesIO(text), MOST)):
        if isinstance(row, FileRow):
            try:
                found.map_row(row, FileContext(format))
            except BadRow:
                continue


def longer(sample: Path, size: int) -> bytes:
    """Return a sample with that many rows."""
    text = sample.read_bytes()
    if sample.suffix == ".json":
        return b"\n".join([text] * size)
    lines = text.rstrip(b"\n").split(b"\n")
    rows = lines[HEADER_LINES:] or lines[1:]
    more = [rows[number % len(rows)] for number in range(size)]
    return b"\n".join([*lines[: len(lines) - len(rows)], *more, b""])


@pytest.mark.parametrize(("format", "sample"), EACH, ids=lambda each: str(each).rpartition("/")[2])
def test_twice_the_rows_take_twice_the_time(format: str, sample: Path) -> None:
    size = 5 if sample.suffix == ".json" else 100
    growth = growth_of(
        lambda text: read_and_map(text, format), lambda size: longer(sample, size), size
    )
    assert growth <= MOST_GROWTH


@pytest.mark.parametrize(
    ("format", "column", "begin", "filling"),
    [
        ("ucdp-ged", "source_article", '"x', " "),
        ("ucdp-ged", "source_article", '"x', " ,"),
        ("ucdp-ged", "gwnob", "365", " "),
        ("ucdp-ged", "side_b", "e", "\u0301\u0316"),
        ("icews", "cameo code", "01", "1"),
        ("icews", "source name", "x", " ("),
        ("acled", "actor1", "x", " ("),
        ("gdelt-events", "sourceurl", "x", " / "),
        ("polecat", "country", "e", "\u0301\u0316"),
        ("sipri", "comments", "x", " ("),
        ("annals", "tags", "x", "\\;"),
    ],
)
def test_a_cell_of_twice_the_size_takes_twice_the_time(
    format: str, column: str, begin: str, filling: str
) -> None:
    sample = next(path for name, path in EACH if name == format)
    found = find_format(format)
    rows = found.read(TextLines(BytesIO(sample.read_bytes()), MOST))
    row = next(row for row in rows if isinstance(row, FileRow))
    (name,) = [name for name in row.cells if name.lower() == column]

    def mapped(cell: str) -> None:
        found.map_row(FileRow(row.line, {**row.cells, name: cell}), FileContext(format))

    # Mapped texts are cached, so each text is different.
    numbers = iter(range(1_000_000))
    growth = growth_of(
        lambda cell: mapped(f"{cell}{next(numbers)}"),
        lambda size: begin + filling * size,
        4_000 // len(filling),
    )
    assert growth <= MOST_GROWTH


def zipped(text: bytes) -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.csv", text)
    return archive.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, zipped])
@pytest.mark.parametrize("line", [b"a,b\n", b"a,b"])
def test_twice_the_archive_takes_twice_the_time(
    tmp_path: Path, pack: Callable[[bytes], bytes], line: bytes
) -> None:
    def read(path: Path) -> None:
        with open_file(path) as opened:
            csv(opened.text.read(MOST) if line.endswith(b"\n") else opened.text.readline(MOST))

    def write(size: int) -> Path:
        path = tmp_path / str(size)
        path.write_bytes(pack(line * size))
        return path

    assert growth_of(read, write, 50_000) <= MOST_GROWTH


def test_twice_the_beginning_takes_twice_the_time() -> None:
    for beginning in (b"a,", b"a\t", b'"', b"\n", b"[{", b' {"'):
        assert growth_of(detect_format, lambda size: beginning * size, 10_000) <= MOST_GROWTH  # noqa: B023


def test_a_header_that_names_a_column_twice_says_where() -> None:
    with pytest.raises(Invalid, match="column 4: the header names a column twice, 'b'"):
        csv(b"a,b,c,b,a\n")
