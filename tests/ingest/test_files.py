"""Files as they come: packed, marked, broken, in another encoding, or made to do harm."""

import gzip
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from app.errors import Invalid, TooLarge
from app.ingest.files import open_file
from app.ingest.lines import LONGEST_LINE, Lines, csv_records

TEXT = b"a,b\n1,2\n"


def zipped(**files: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return packed.getvalue()


def cells_of(path: Path, most_bytes: int = 1000) -> list[list[str]]:
    with open_file(path) as opened:
        return [each.cells for each in csv_records(Lines(opened.text, most_bytes))]


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
        (zipped(a=TEXT, b=TEXT), "2 files"),
        (zipped(), "0 files"),
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
    found = [each.fault for each in csv_records(Lines(BytesIO(content), 10_000_000))]
    assert len(found) == len(faults)
    for fault, expected in zip(found, faults, strict=True):
        assert (fault is None) == (expected is None)
        assert expected is None or str(expected) in str(fault)


def test_a_row_that_never_ends_is_cut() -> None:
    lines = Lines(BytesIO(b'"x\n' + b'a","b\n' * 2_000_000), 100_000_000)
    first = next(csv_records(lines))
    assert first.fault is not None


def test_lines_are_counted_as_they_are_in_the_file() -> None:
    text = b'a,b\n\n"1\n2",3\n4,5\n'
    assert [each.line for each in csv_records(Lines(BytesIO(text), 1000))] == [1, 3, 5]
