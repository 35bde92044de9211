"""The detection of a file's format, with the reason for it."""

import re
from pathlib import Path

import pytest

from app.errors import Invalid
from app.ingest.mapping.detection import check_named_format, detect_format
from app.ingest.reading.source_files import read_file_head
from tests.ingest.every_format import EACH
from tests.ingest.gdelt_rows import EXPORT, PAIRED


@pytest.mark.parametrize(("name", "sample"), EACH, ids=lambda each: str(each).rpartition("/")[2])
def test_a_sample_is_of_its_format_alone(name: str, sample: Path) -> None:
    found = detect_format(read_file_head(sample))
    assert found.format.name == name
    assert found.reason
    assert check_named_format(name, read_file_head(sample)).format is found.format


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"", "the file is empty, which is in none of the formats known here: acled, "),
        (b"\xef\xbb\xbf\n\n", "the file begins with blank lines, which is in none"),
        (b"a\tb,c\n1\n", "the file begins with 'a b,c' (2 cells between tabs, 2 between commas)"),
        (b"\xff\x00" * 99, "the file begins with '"),
    ],
)
def test_what_is_in_no_format_is_told_what_it_is(head: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=f"^{re.escape(said)}") as raised:
        detect_format(head)
    assert [fault.parameter for fault in raised.value.faults] == ["format"]


@pytest.mark.parametrize(
    ("name", "path", "other"),
    [
        ("gdelt-mentions", EXPORT, "gdelt-events: line 1 has the 61 columns"),
        ("ucdp-ged", PAIRED, "gdelt-mentions: line 1 has the 16 columns"),
    ],
)
def test_a_file_that_shows_another_format_than_the_named_is_refused(
    name: str, path: Path, other: str
) -> None:
    with pytest.raises(Invalid, match=f"the file is not {name} but {other}"):
        check_named_format(name, read_file_head(path))


def test_a_file_that_shows_nothing_is_read_as_it_is_named() -> None:
    assert check_named_format("ucdp-ged", b"a,b\n").reason == "the format was named"
