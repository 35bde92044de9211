"""JSON rows: in every layout, of any size, and broken in many ways."""

import tracemalloc
from collections.abc import Iterator
from io import BytesIO
from itertools import chain, repeat

import pytest

from app.errors import Invalid, TooLarge
from app.ingest.reading.import_format import FileRow
from app.ingest.reading.json_rows import MOST_MEMBERS, is_json_text, read_json_rows
from app.ingest.reading.text_lines import BLOCK_BYTES, LARGEST_RECORD, TextLines
from app.ingest.report import RowFinding

NEEDED = frozenset({"id"})
RENAMED = {"key": "id"}
MOST = 10_000_000_000


def rows_of(content: bytes | str) -> list[FileRow | RowFinding]:
    data = content.encode() if isinstance(content, str) else content
    return list(read_json_rows(TextLines(BytesIO(data), MOST), "data", NEEDED, RENAMED))


def cells_of(content: bytes | str) -> list[dict[str, str]]:
    return [dict(row.cells) for row in rows_of(content) if isinstance(row, FileRow)]


class Endless:
    """A file that is never held whole: it returns one part after another."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._held = b""

    def readline(self, size: int, /) -> bytes:
        """Return the next line or the first `size` bytes of it."""
        while len(self._held) < size and (part := next(self._parts, b"")):
            self._held += part
        end = self._held.find(b"\n", 0, size) + 1 or size
        line, self._held = self._held[:end], self._held[end:]
        return line


@pytest.mark.parametrize(
    "content",
    [
        '[{"id": "1"}, {"id": "2"}]',
        '\ufeff\n\n [ {"id":"1"} ,\n{"id":"2"} ] \n',
        '{"data": [{"id": "1"}, {"id": "2"}]}',
        '{"status": 200, "x": {"data": [7]}, "data": [{"id": 1}, {"id": 2}], "y": [1]}',
        '{"id": "1"}\n{"id": "2"}\n',
        '{"KEY": 1} {" Id ": 2}',
        '[{"id": "1"}]\n[{"id": "2"}]',
    ],
)
def test_the_same_rows_however_they_lie_in_the_file(content: str) -> None:
    assert cells_of(content) == [{"id": "1"}, {"id": "2"}]
    assert [row.line for row in rows_of(content)] == [1, 2]
    assert is_json_text(TextLines(BytesIO(content.encode()), MOST).peek())


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        ('"a\\u00e9\\n\\"b"', 'aé\n"b'),
        ('"\\ud83d\\ude00"', "😀"),
        ("null", ""),
        ("true", "true"),
        ("1.50", "1.50"),
        ("-0", "-0"),
        ("1e400", "1e400"),
        ("NaN", "nan"),
        ("-Infinity", "-infinity"),
        ("9" * 10_000, "9" * 10_000),
    ],
)
def test_a_value_is_what_it_is_written_as(written: str, cell: str) -> None:
    (cells,) = cells_of(f'[{{"id": 1, "value": {written}}}]')
    assert cells["value"].lower() == cell


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("7", None, "the row is not an object"),
        ('[{"id": 1}]', None, "the row is not an object"),
        ('{"x": 1}', "id", "the row lacks id"),
        ('{"id": 1, "ID": 2}', "id", "the name comes twice"),
        ('{"id": 1, "key": 2}', "id", "the name comes twice"),
        ('{"id": {"a": 1}}', "id", "the value is a list or an object"),
        ('{"id": [[[[]]]]}', "id", "the value is a list or an object"),
        ('{"id": "\\ud800"}', "id", "half a character"),
        ('{"id": 1, "\\udfff": "x"}', "?", "half a character"),
        ('{"id": "a\\u0000b"}', "id", "NUL"),
    ],
)
def test_what_is_no_row_is_told_and_the_rest_is_read(
    row: str, column: str | None, reason: str
) -> None:
    before, finding, after = rows_of(f'[{{"id": 1}}, {row}, {{"id": 3}}]')
    assert isinstance(finding, RowFinding)
    assert (before.line, finding.line, after.line) == (1, 2, 3)
    assert finding.column == column
    assert reason in finding.reason
    f"{finding.column}{finding.value}".encode()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('[{"id": 1}', "line 1, column 11: this is not JSON: a comma or the end of the list"),
        ('[{"id": 1},\n {"id" 2}]', "line 2, column 8: this is not JSON"),
        ('[{"id": 1} {"id": 2}]', "line 1, column 12: .* a comma or the end of the list"),
        ('[{"id": 1},]', "line 1, column 12"),
        ('[{"id": "1}]', "line 1, column 9"),
        ('{"data": [{"id": 1}]', "line 1, column 21: .* a comma or the end of the object"),
        ("{data: []}", "line 1, column 2: .* a name and a colon"),
        ('{"data" []}', "line 1, column 9: .* a name and a colon"),
        ('[{"id": 1}]\n<html>', "line 2, column 1: .* a list or an object is expected"),
        (b'[{"id": "\xe9"}]', "line 1, column 10: .* byte 0xE9 is not UTF-8"),
        ("", "the file is empty"),
        (" \n", "the file is empty"),
        ("[" * 200_000, "nested too deeply"),
        ('[{"id": ' + '{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(content: bytes | str, complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        rows_of(content)


@pytest.mark.parametrize("content", ["[]", '{"data": []}', '{"count": 0, "data": [ ]}'])
def test_a_list_may_be_empty(content: str) -> None:
    assert rows_of(content) == []


def test_a_place_far_down_the_file_is_right() -> None:
    rows = ",\n".join(f'{{"id": {number}}}' for number in range(20_000))
    with pytest.raises(Invalid, match=r"line 20001, column 2: "):
        rows_of(f"[{rows},\n ?]")
    with pytest.raises(Invalid, match=rf"line 1, column {len(rows) + 4}: "):
        rows_of(f"[{rows}, ?]".replace(",\n", ", "))


@pytest.mark.parametrize(
    "size", [BLOCK_BYTES - 20, BLOCK_BYTES, BLOCK_BYTES + 1, 5 * BLOCK_BYTES + 7]
)
def test_rows_that_end_anywhere_in_a_block(size: int) -> None:
    rows = [f'{{"id": "{"é" * (size // 2)}{number}"}}' for number in range(5)]
    found = cells_of(f"[{','.join(rows)}]")
    assert [cells["id"][-1] for cells in found] == list("01234")


def test_a_value_without_end_is_refused_in_little_memory() -> None:
    parts = chain([b'[{"id": "'], repeat(b"x" * BLOCK_BYTES, 1_000_000_000 // BLOCK_BYTES))
    tracemalloc.start()
    with pytest.raises(Invalid, match=f"a value is longer than {LARGEST_RECORD:,} characters"):
        list(read_json_rows(TextLines(Endless(parts), MOST), "data", NEEDED, RENAMED))
    assert tracemalloc.get_traced_memory()[1] < 60_000_000
    tracemalloc.stop()


def test_a_long_list_needs_little_memory() -> None:
    row = b'{"id": "' + b"x" * 1000 + b'"},'
    file = Endless(chain([b"["], repeat(row * 100, 80), [b"{}]"]))
    tracemalloc.start()
    count = sum(1 for _ in read_json_rows(TextLines(file, MOST), "data", NEEDED, RENAMED))
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()
    assert count == 8_001


def test_the_limit_is_on_the_whole_file() -> None:
    content = b"[" + b'{"id": 1},' * 100_000
    with pytest.raises(TooLarge):
        list(read_json_rows(TextLines(BytesIO(content), 500_000), "data", NEEDED, RENAMED))


def test_an_object_without_end_is_refused_in_little_memory() -> None:
    parts = chain([b"{"], repeat(b'"a":1,' * 100, 1_000_000))
    tracemalloc.start()
    with pytest.raises(Invalid, match=f"more than {MOST_MEMBERS:,} members"):
        list(read_json_rows(TextLines(Endless(parts), MOST), "data", NEEDED, RENAMED))
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
