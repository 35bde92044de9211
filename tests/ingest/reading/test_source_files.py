"""Source files: compressed, marked, broken, in another encoding, or malicious."""

import gzip
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from app.errors import Invalid, TooLarge
from app.ingest.reading.source_files import list_import_files, open_file, open_files
from app.ingest.reading.text_lines import (
    LATIN_1,
    LONGEST_LINE,
    CsvRecord,
    TextLines,
    read_csv_records,
    read_tab_records,
)

TEXT = b"a,b\n1,2\n"


def zipped(**files: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return packed.getvalue()


def cells_of(path: Path, most_bytes: int = 1000) -> list[list[str]]:
    with open_file(path) as opened:
        return [each.cells for each in read_csv_records(TextLines(opened.text, most_bytes))]


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        b"\xef\xbb\xbf" + TEXT,
        b"\n\n" + TEXT.replace(b"\n", b"\r\n\r\n"),
        TEXT.rstrip(),
        gzip.compress(TEXT, mtime=0),
        zipped(data_dot_csv=TEXT),
        zipped(folder__data_dot_csv=TEXT, folder___dot_hidden=b"x"),
    ],
)
def test_the_same_rows_however_they_are_packed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert cells_of(path) == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (gzip.compress(TEXT, mtime=0)[:-9], "broken"),
        (b"\x1f\x8b" + TEXT, "broken"),
        (b"PK\x03\x04" + TEXT, "broken"),
        (zipped(), "holds no files"),
    ],
)
def test_an_archive_that_cannot_be_read_is_refused(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=complaint):
        cells_of(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda text: zipped(a=text)])
def test_the_limit_is_on_what_is_inside(tmp_path: Path, pack: object) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(pack(b"1,2\n" * 100_000))  # type: ignore[operator]
    with pytest.raises(TooLarge):
        cells_of(path, most_bytes=100_000)


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (b"a\nM\xe9co\nb\n", [None, "line 2 is not UTF-8 (byte 0xE9); convert the file", None]),
        (b"a\nx\0y\nb\n", [None, "line 2 contains a NUL character", None]),
        (b'a\n"b"c\nd\n', [None, "the row cannot be read", None]),
        (b"a\n" + b"x" * (LONGEST_LINE + 5) + b"\nb\n", [None, "the line is longer", None]),
        (b"a\n" + b"," * (LONGEST_LINE * 3), [None, "the line is longer"]),
        (b'a\n"b', [None, "the row cannot be read: unexpected end of data"]),
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_read(content: bytes, faults: list[str | None]) -> None:
    found = [each.fault for each in read_csv_records(TextLines(BytesIO(content), 10_000_000))]
    assert len(found) == len(faults)
    for fault, expected in zip(found, faults, strict=True):
        assert (fault is None) == (expected is None)
        assert expected is None or str(expected) in str(fault)


def test_a_row_that_never_ends_is_cut() -> None:
    lines = TextLines(BytesIO(b'"x\n' + b'a","b\n' * 2_000_000), 100_000_000)
    first = next(read_csv_records(lines))
    assert first.fault is not None


def test_lines_are_counted_as_they_are_in_the_file() -> None:
    text = b'a,b\n\n"1\n2",3\n4,5\n'
    assert [each.line for each in read_csv_records(TextLines(BytesIO(text), 1000))] == [1, 3, 5]


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        (b"M\xe9co\t1\n", ["Méco", "1"]),
        ("Méco\t1\n".encode(), ["Méco", "1"]),
        (b"\x93so\x94 \x96 so\t1\n", ["“so” – so", "1"]),
        (b"\x81\xe9\t1\n", ["\x81é", "1"]),
        (b'a"b\t"c\r\n', ['a"b', '"c']),
        (b"a\t\t\n", ["a", "", ""]),
    ],
)
def test_cells_between_tabs_and_latin_1(content: bytes, cells: list[str]) -> None:
    lines = TextLines(BytesIO(b"\n\t\n" + content), 1000)
    lines.others = LATIN_1
    assert [(each.line, each.cells, each.fault) for each in read_tab_records(lines)] == [
        (3, cells, None)
    ]


def test_a_long_line_between_tabs_is_named_and_the_rest_is_read() -> None:
    content = b"a\n" + b"x" * (LONGEST_LINE + 5) + b"\nb\n"
    found = list(read_tab_records(TextLines(BytesIO(content), 10_000_000)))
    assert [(each.line, each.fault is None) for each in found] == [
        (1, True),
        (2, False),
        (3, True),
    ]


@pytest.mark.parametrize("records", [read_csv_records, read_tab_records])
def test_utf_16_is_refused_by_its_name(records: Callable[[TextLines], Iterator[CsvRecord]]) -> None:
    with pytest.raises(Invalid, match="UTF-16; save it as UTF-8"):
        list(records(TextLines(BytesIO("a\tb\n".encode("utf-16")), 1000)))


@pytest.mark.parametrize(
    ("content", "seen", "line"),
    [
        (b"a\nb\n", b"a\n", 1),
        (b"\xef\xbb\xbfa\n", b"a\n", 1),
        (b"\n \n\na\n", b"a\n", 4),
        (b"", b"", 0),
        (b"\n\n", b"", 2),
    ],
)
def test_a_line_that_is_looked_at_is_still_to_be_read(
    content: bytes, seen: bytes, line: int
) -> None:
    lines = TextLines(BytesIO(content), 1000)
    assert lines.peek() == lines.peek() == seen
    assert next(lines, "").encode() == seen
    assert lines.number == line


def test_blanks_without_end_are_too_many() -> None:
    with pytest.raises(TooLarge):
        TextLines(BytesIO(b" " * 100_000), 50_000).peek()


def test_a_zip_and_a_folder_are_read_by_name_without_what_is_hidden(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "files.zip"
    (path.parent / ".git").mkdir(parents=True)
    path.write_bytes(zipped(b=TEXT, a=TEXT, _dot_a=b"x"))
    for name in ("z", "a", ".git/config", ".x"):
        (path.parent / name).write_bytes(TEXT)
    assert [each.name for each in list_import_files(path.parent)] == ["a", "files.zip", "z"]
    assert list_import_files(path) == [path]
    with open_files(path) as files:
        assert [(each.member, each.is_one_of_several) for each in files] == [
            ("a", True),
            ("b", True),
        ]


def test_the_limit_is_on_all_files_of_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    path.write_bytes(zipped(a=b"x" * 90, b=b"y" * 9, c=b"z" * 2))
    with open_files(path) as files:
        first, second = (list(TextLines(next(files).text, 100, before)) for before in (0, 90))
        assert [*first, *second] == ["x" * 90, "y" * 9]
        with pytest.raises(TooLarge, match="more than the 100 bytes"):
            list(TextLines(next(files).text, 100, 99))
