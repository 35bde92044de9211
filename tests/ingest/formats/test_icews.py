"""ICEWS: its key, codes and actors, and faulty rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.ingest.formats.icews import COLUMNS
from app.ingest.reading.import_format import BadRow
from tests.ingest.samples import DATA, NOTHING, findings_in, map_sample, rows_in

SAMPLE = "icews/sample.tab"


def event_of(place: int, changed: Mapping[str, str] = NOTHING) -> Any:
    return map_sample(SAMPLE, place, changed).event


def test_the_header_has_20_columns() -> None:
    assert len(COLUMNS) == 20
    assert list(rows_in(SAMPLE)[0].cells) == [name.lower() for name in COLUMNS]


def test_the_same_id_on_another_day_is_another_event() -> None:
    assert event_of(0)["external_id"] == "90000000/2018-06-01"
    assert event_of(20)["external_id"] == "90000000/2018-06-30"


def test_the_file_of_2017_has_the_same_keys() -> None:
    assert event_of(21)["external_id"] == "90000100/2018-06-30"


@pytest.mark.parametrize(
    ("place", "changed", "field", "expected"),
    [
        (2, {}, "title", "Make a visit: Rufus Exemplar – Republic of the Congo, Japan"),
        (17, {}, "title",
         "Fight with small arms and light weapons: Rufus Exemplar – Republic of the Congo, Japan"),
        (0, {"source name": "", "target name": "NULL"}, "title", "Make statement, Sampleville"),
        (0, {"event text": ""}, "title",
         "Make statement, not specified below: Kenya – Red Dawn Front, Sampleville"),
        (2, {}, "participants", [
            {"actor": "icews-rufus-exemplar", "for": "BRA", "role": "initiator"},
            {"actor": "COG", "for": None, "role": "target"},
        ]),
        (1, {}, "location", {
            "name": "Sample District", "country": "COD", "admin1": "Sample Province",
            "longitude": 15.25, "latitude": -4.5, "precision": "admin1",
        }),
        (25, {}, "location", None),
    ],
)  # fmt: skip
def test_a_row_becomes_an_event(
    place: int, changed: dict[str, str], field: str, expected: object
) -> None:
    assert event_of(place, changed)[field] == expected


@pytest.mark.parametrize(
    ("written", "kept", "type", "warned"),
    [
        ("010", "010", "statement", []),
        ("10", "010", "statement", ["cameo code"]),
        ("20", "020", "appeal", ["cameo code"]),
        ("42", "042", "visit", ["cameo code"]),
        ("841", "0841", "release", ["cameo code"]),
        ("173", "173", "arrest", []),
        ("13y", "13y", "threat", ["cameo code"]),
        ("999", "999", "other", ["cameo code"]),
    ],
)
def test_codes(written: str, kept: str, type: str, warned: list[str]) -> None:
    mapped = map_sample(SAMPLE, 0, {"cameo code": written})
    assert (mapped.event["codes"]["cameo"], mapped.event["type"]) == (kept, type)
    assert [column for column, _, _ in mapped.warnings] == warned


@pytest.mark.parametrize(
    ("name", "sectors", "country", "slug", "kind", "acts_for"),
    [
        ("Japan", "", "Japan", "JPN", "state", None),
        ("Government (China)", "Government", "China", "CHN", "state", None),
        ("Moldova, Republic of", "", "Moldova, Republic of", "MDA", "state", None),
        ("United Nations", "International Government Organization", "", "united-nations",
         "organisation", None),
        ("Foreign Affairs (Kenya)", "Executive,Foreign Ministry,Government", "Kenya",
         "icews-foreign-affairs-kenya", "body", "KEN"),
        ("Citizen (India)", "General Population / Civilian / Social,Social", "India",
         "icews-citizen-india", "organisation", None),
        ("Rufus Exemplar", "Executive,Government", "Brazil", "icews-rufus-exemplar", "person",
         "BRA"),
        ("Exemplary Party of Samples", "Parties", "India", "icews-exemplary-party-of-samples",
         "organisation", None),
        ("Red Dawn Front", "Rebel,Dissident", "Mali", "icews-red-dawn-front", "armed-group", None),
        ("Kurdish Armed Band (Iraq)", "Unidentified Armed Force,Insurgents", "Iraq",
         "icews-kurdish-armed-band-iraq", "armed-group", None),
    ],
)  # fmt: skip
def test_who_takes_part(
    name: str, sectors: str, country: str, slug: str, kind: str, acts_for: str | None
) -> None:
    changed = {"source name": name, "source sectors": sectors, "source country": country}
    mapped = map_sample(SAMPLE, 0, changed)
    first = mapped.event["participants"][0]
    assert (first["actor"], first["for"]) == (slug, acts_for)
    assert next(iter(mapped.actors)).kind == kind


def test_icews_affirms_what_it_read_in_a_report() -> None:
    mapped = map_sample(SAMPLE, 2)
    (claim,) = mapped.claims.values()
    assert (claim["source"], claim["origin"]) == ("icews", "agence-fictive")
    assert (claim["basis"], claim["made_on"]) == ("dataset-coding", "2018-06-03")
    assert [each.slug for each in map_sample(SAMPLE, 26).sources] == ["icews"]


@pytest.mark.parametrize(
    ("changed", "column", "reason"),
    [
        ({"event id": "e1"}, "event id", "not a number"),
        ({"event id": ""}, "event id", "no id"),
        ({"event date": "30/6/2018"}, "event date", "not a day"),
        ({"cameo code": "NULL"}, "cameo code", "no code"),
        ({"longitude": "181"}, "longitude", "from -180 to 180"),
    ],
)
def test_a_bad_row_says_where_it_is_bad(changed: dict[str, str], column: str, reason: str) -> None:
    with pytest.raises(BadRow, match=reason) as raised:
        event_of(0, changed)
    assert raised.value.column == column


def test_what_is_not_utf_8_is_named_with_its_column(tmp_path: Path) -> None:
    content = (DATA / SAMPLE).read_bytes().replace("Ágence".encode(), b"\xc1gence", 1)
    path = tmp_path / "file.tab"
    path.write_bytes(content)
    reason = "line 4 is not UTF-8 (byte 0xC1); convert the file"
    assert findings_in(path, "icews")[0] == (4, "publisher", reason)
