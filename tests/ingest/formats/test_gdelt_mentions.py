"""GDELT mentions: mapped rows, and faulty rows and files."""

import csv
from pathlib import Path

import pytest

from app.errors import Invalid
from app.ingest.formats.gdelt_mentions import FORMAT, map_row
from app.ingest.mapping.detection import detect_format
from app.ingest.mapping.map_rows import MappedBatch
from app.ingest.reading.import_format import BadRow, FileContext, FileRow, MappedClaim
from app.ingest.reading.source_files import read_file_head
from app.values.ids import make_record_id
from tests.ingest.gdelt_rows import HEADED, PAIRED, mention_row
from tests.ingest.preparing import prepare

CONTEXT = FileContext("gdelt")


def batches(path: Path) -> list[MappedBatch]:
    return list(prepare(path, FORMAT, CONTEXT, 10_000_000, 1000))


def mapped(**changed: str) -> MappedClaim:
    found = map_row(FileRow(1, mention_row(**changed)), CONTEXT)
    assert isinstance(found, MappedClaim)
    return found


def events_in(path: Path, delimiter: str) -> list[str]:
    """The event of each row, found without our code."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        return [cells[0] for cells in rows if cells[0].isdecimal()]


@pytest.mark.parametrize(("path", "delimiter", "rows"), [(PAIRED, "\t", 1983), (HEADED, ",", 300)])
def test_every_row_of_a_sample_is_in(path: Path, delimiter: str, rows: int) -> None:
    found = [row.event_id for batch in batches(path) for row in batch.claims]
    assert len(found) == rows
    assert found == [make_record_id("gdelt", id) for id in events_in(path, delimiter)]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (
            PAIRED,
            "line 1 has the 16 columns of GDELT mentions 2.0, with dates in EventTimeDate and",
        ),
        (HEADED, "line 1 names the columns of GDELT mentions"),
    ],
)
def test_a_sample_is_recognised_and_says_why(path: Path, reason: str) -> None:
    found = detect_format(read_file_head(path))
    assert found.format is FORMAT
    assert found.reason.startswith(reason)


def test_a_row_becomes_a_claim_about_the_event_that_it_names() -> None:
    found = mapped(
        MentionTimeDate="20170102001500",
        MentionIdentifier="https://www.example.org/a#b",
        Confidence="40",
    )
    assert (found.event, found.key, found.confidence) == (
        "613301014",
        "https://example.org/a",
        40,
    )
    assert found.claim["origin"] == "example-org"
    assert found.claim["made_on"] == "2017-01-02"
    assert found.claim["credibility"] == 6
    assert [each.slug for each in found.sources] == ["gdelt", "example-org"]


def test_a_mention_without_address_has_its_citation_as_key() -> None:
    cited = "Kuna news agency website in English /BBC Monitoring/(c) BBC"
    found = mapped(MentionType="2", MentionIdentifier=cited)
    assert found.key == "Kuna news agency website in English/BBC Monitoring/(c) BBC"
    assert (found.claim["origin"], found.claim["url"]) == ("bbc-monitoring", None)


@pytest.mark.parametrize(
    ("changed", "column", "reason"),
    [
        ({"GlobalEventID": "1.5"}, "GlobalEventID", "not a number"),
        ({"MentionTimeDate": "2.02E+13"}, "MentionTimeDate", "spreadsheet"),
        ({"MentionTimeDate": "yesterday"}, "MentionTimeDate", "not a day"),
        ({"MentionIdentifier": " "}, "MentionIdentifier", "names no article"),
        ({"Confidence": ""}, "Confidence", "not a whole number"),
        ({"Confidence": "101"}, "Confidence", "from 0 to 100"),
    ],
)
def test_a_bad_row_says_where_it_is_bad(changed: dict[str, str], column: str, reason: str) -> None:
    with pytest.raises(BadRow, match=reason) as raised:
        mapped(**changed)
    assert raised.value.column == column


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the file is empty"),
        ("1\t2\t3\n", "line 1: 3 cells between tabs; GDELT mentions have 16"),
        ("globaleventid,confidence\n1,2\n", "the header lacks "),
    ],
)
def test_another_file_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(Invalid, match=complaint):
        batches(path)
