"""GDELT events: layouts, mapped rows, and faulty rows and files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.errors import Invalid
from app.ingest.formats.gdelt_events import FORMAT, map_row
from app.ingest.gdelt.columns import EVENTS_2
from app.ingest.mapping.detection import detect_format
from app.ingest.mapping.map_rows import MappedBatch
from app.ingest.reading.import_format import BadRow, FileContext, FileRow, MappedEvent
from app.ingest.reading.source_files import read_file_head
from tests.ingest.gdelt_rows import (
    DAMAGED,
    EXCERPT,
    EXPORT,
    KOREA,
    event_row,
    older,
    oldest,
    write_rows,
)
from tests.ingest.preparing import prepare

CONTEXT = FileContext("gdelt")
SAMPLES = {EXPORT: 720, EXCERPT: 287, KOREA: 71}
Older = Callable[[dict[str, str]], dict[str, str]]


def batches(path: Path) -> list[MappedBatch]:
    return list(prepare(path, FORMAT, CONTEXT, 10_000_000, 1000))


def external_ids(path: Path) -> list[str | None]:
    return [row.event["external_id"] for batch in batches(path) for row in batch.rows]


def ids_in(path: Path) -> list[str]:
    """The ids as they stand in the file, found without our code."""
    return [line.split("\t")[0] for line in path.read_text(encoding="utf-8").split("\n") if line]


def mapped(**changed: str) -> MappedEvent:
    found = map_row(FileRow(1, event_row(**changed)), CONTEXT)
    assert isinstance(found, MappedEvent)
    return found


@pytest.mark.parametrize(("path", "rows"), SAMPLES.items(), ids=lambda each: str(each)[-30:])
def test_every_row_of_a_sample_is_in(path: Path, rows: int) -> None:
    assert len(external_ids(path)) == rows
    assert external_ids(path) == ids_in(path)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_is_recognised_and_says_why(path: Path) -> None:
    found = detect_format(read_file_head(path))
    assert found.format is FORMAT
    assert found.reason == (
        "line 1 has the 61 columns of GDELT events 2.0, with dates in Day and DATEADDED"
    )


@pytest.mark.parametrize(("form", "cells"), [(older, 58), (oldest, 57)])
def test_files_of_1_0_are_taken(tmp_path: Path, form: Older, cells: int) -> None:
    path = write_rows(tmp_path / "20130401.export.CSV", [form(event_row())])
    assert (
        f"line 1 has the {cells} columns of GDELT events 1.0"
        in detect_format(read_file_head(path)).reason
    )
    (row,) = batches(path)[0].rows
    (claim,) = row.claims.values()
    assert row.event == mapped().event
    assert claim["made_on"] == "2017-01-01"
    assert (claim["origin"] is None) == (form is oldest)


@pytest.mark.parametrize("separator", ["\t", ","])
def test_a_header_that_somebody_added_is_read(tmp_path: Path, separator: str) -> None:
    row = {name: cell.replace(",", ";") for name, cell in event_row().items()}
    names = [name.upper().replace("DAY", "SQLDATE") for name in row] + ["CAMEOCodeDescription"]
    path = tmp_path / "headed.csv"
    path.write_text("\n".join(map(separator.join, (names, [*row.values(), "Demand"]))) + "\n")
    assert detect_format(read_file_head(path)).reason == "line 1 names the columns of GDELT events"
    assert external_ids(path) == [row["GlobalEventID"]]


@pytest.mark.parametrize(
    ("changed", "field", "expected"),
    [
        ({}, "external_id", "613301014"),
        ({}, "type", "assassination"),
        ({}, "date", "2017-01-01"),
        ({"Day": "20160102"}, "date", "2016-01-02"),
        (
            {},
            "title",
            "Assassination: Police forces → Government, Environmental (Burundi),"
            " Istanbul, Istanbul, Turkey",
        ),
        ({"Actor2Code": ""}, "title", "Assassination: Police forces, Istanbul, Istanbul, Turkey"),
        (
            {"Actor1Code": "", "Actor2Code": ""},
            "title",
            "Assassination, Istanbul, Istanbul, Turkey",
        ),
        (
            {"Actor1Code": "", "ActionGeo_Type": "0"},
            "title",
            "Assassination: unnamed → Government, Environmental (Burundi)",
        ),
        ({}, "summary", "CAMEO 186, Assassinate: POLICE → BURUNDI"),
        (
            {},
            "participants",
            [
                {"actor": "cameo-cop", "for": None, "role": "initiator"},
                {"actor": "cameo-bdi-gov-env", "for": "BDI", "role": "target"},
            ],
        ),
        (
            {},
            "location",
            {
                "name": "Istanbul, Istanbul, Turkey",
                "country": "TUR",
                "admin1": "Istanbul",
                "longitude": 28.9647,
                "latitude": 41.0186,
                "precision": "city",
            },
        ),
        ({"ActionGeo_Type": "0"}, "location", None),
        ({}, "codes", {"cameo": "186", "gdelt-quad": "4", "fips": "TU", "fips-adm1": "TU34"}),
        ({"EventCode": "186", "ActionGeo_Type": ""}, "codes", {"cameo": "186", "gdelt-quad": "4"}),
    ],
)
def test_a_row_becomes_an_event(changed: dict[str, str], field: str, expected: object) -> None:
    event: Any = mapped(**changed).event
    assert event[field] == expected


@pytest.mark.parametrize(
    ("kind", "name", "country", "place"),
    [
        ("1", "North Korea", "KN", ("PRK", None, "country")),
        ("2", "Oregon, United States", "US", ("USA", "Oregon", "admin1")),
        ("3", "Salem, Oregon, United States", "US", ("USA", "Oregon", "city")),
        ("4", "London, London, City of, United Kingdom", "UK", ("GBR", "London, City of", "city")),
        ("4", "Jerusalem, Israel (general), Israel", "IS", ("ISR", None, "city")),
        ("1", "Vietnam, Republic Of", "VM", ("VNM", None, "country")),
        ("5", "Karnataka, Karnataka, India", "IN", ("IND", "Karnataka", "admin1")),
        ("4", "Méco, Mexico", "MX", ("MEX", None, "city")),
        ("4", "Gaza, Gaza Strip", "GZ", ("PSE", None, "city")),
        ("1", "Oceans", "OS", (None, None, "country")),
    ],
)
def test_a_place_is_found_by_its_fips_code(
    kind: str, name: str, country: str, place: tuple[str | None, str | None, str]
) -> None:
    changed = {"ActionGeo_Type": kind, "ActionGeo_FullName": name, "ActionGeo_CountryCode": country}
    found = mapped(**changed)
    location = found.event["location"]
    assert location is not None
    assert location["name"] == name
    assert (location["country"], location["admin1"], location["precision"]) == place
    assert found.warnings == []


@pytest.mark.parametrize(
    ("codes", "kind", "warned"),
    [
        (("042", "042", "04"), "visit", False),
        (("106", "106", "10"), "demand", True),
        (("1999", "199", "19"), "armed-clash", True),
        (("999", "99", "19"), "armed-clash", True),
        (("999", "999", "99"), "other", True),
    ],
)
def test_an_unlisted_code_is_kept_and_has_the_nearest_type(
    codes: tuple[str, str, str], kind: str, warned: bool
) -> None:
    changed = dict(zip(("EventCode", "EventBaseCode", "EventRootCode"), codes, strict=True))
    found = mapped(**changed)
    assert found.event["type"] == kind
    assert found.event["codes"]["cameo"] == codes[0]
    assert [column for column, _, _ in found.warnings] == (["EventCode"] if warned else [])


def test_a_row_makes_one_claim_of_gdelts_own() -> None:
    found = mapped(SOURCEURL="http://www.HINDUSTANTIMES.com:80/a#b", Day="20160102")
    ((key, claim),) = found.claims.items()
    assert key == claim["external_id"] == "http://hindustantimes.com/a"
    assert claim["source"] == "gdelt"
    assert claim["origin"] == "hindustantimes-com"
    assert claim["basis"] == "dataset-coding"
    assert claim["made_on"] == "2017-01-01"
    assert claim["url"] == "http://www.HINDUSTANTIMES.com:80/a#b"
    assert [each.slug for each in found.sources] == ["gdelt", "hindustantimes-com"]


@pytest.mark.parametrize(
    ("changed", "column", "reason"),
    [
        ({"GlobalEventID": ""}, "GlobalEventID", "no id"),
        ({"GlobalEventID": "x1"}, "GlobalEventID", "not a number"),
        ({"Day": "20170229"}, "Day", "not a day"),
        ({"Day": "2017-01-01"}, "Day", "not a day"),
        ({"DATEADDED": "20170101250000"}, "DATEADDED", "not a day"),
        ({"DATEADDED": "2.02E+13"}, "DATEADDED", "spreadsheet"),
        ({"EventCode": ""}, "EventCode", "not a CAMEO code"),
        ({"EventCode": "VISIT"}, "EventCode", "not a CAMEO code"),
        ({"EventCode": "12", "EventRootCode": "1"}, "EventRootCode", "leading zero is lost"),
        ({"Actor1Code": "US A"}, "Actor1Code", "not an actor's code"),
        ({"ActionGeo_Type": "6"}, "ActionGeo_Type", "1, 2, 3, 4, 5"),
        ({"ActionGeo_Lat": "95"}, "ActionGeo_Lat", "from -90 to 90"),
        ({"ActionGeo_Long": "east"}, "ActionGeo_Long", "from -180 to 180"),
    ],
)
def test_a_bad_row_says_where_it_is_bad(changed: dict[str, str], column: str, reason: str) -> None:
    with pytest.raises(BadRow, match=reason) as raised:
        mapped(**changed)
    assert raised.value.column == column


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"ActionGeo_Lat": ""}, "ActionGeo_Lat"),
        ({"ActionGeo_CountryCode": "QQ"}, "ActionGeo_CountryCode"),
        ({"QuadClass": "5"}, "QuadClass"),
    ],
)
def test_what_is_odd_is_kept_with_a_warning(changed: dict[str, str], column: str) -> None:
    assert [warned for warned, _, _ in mapped(**changed).warnings] == [column]


def test_a_file_that_a_spreadsheet_has_spoilt_is_refused() -> None:
    complaint = (
        "semicolons between the cells; .* DATEADDED is 2.02E.13, .*; EventCode is 12 where 012"
        " stood, .* saved in a spreadsheet such as Excel, which cannot be undone"
    )
    with pytest.raises(Invalid, match=complaint):
        detect_format(read_file_head(DAMAGED))
    with pytest.raises(Invalid, match=complaint):
        batches(DAMAGED)


@pytest.mark.parametrize("separator", ["\t", ","])
def test_it_is_refused_whatever_stands_between_the_cells(tmp_path: Path, separator: str) -> None:
    row = event_row(DATEADDED="2.02E+13", ActionGeo_FullName="Istanbul", Actor2Geo_FullName="")
    path = tmp_path / "file"
    path.write_text("\n".join(map(separator.join, (EVENTS_2, row.values()))) + "\n")
    with pytest.raises(Invalid, match=r"line 2: DATEADDED is 2.02E\+13, rounded"):
        batches(path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the file is empty"),
        ("a,b,c\n1,2,3\n", "line 1: 1 cells between tabs; GDELT events have 61"),
        ("\t".join(list(event_row().values())[:60]), "line 1: 60 cells between tabs"),
        ("\t".join(list(event_row().values())[:58]), "line 1, DATEADDED: as many cells as"),
        (",".join(EVENTS_2).replace(",Day", ""), "the header lacks Day"),
        (",".join([*EVENTS_2, "Day"]), "names a column twice"),
        ("GLOBALEVENTID;Day\n1;2\n", "semicolons between the cells"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(Invalid, match=complaint):
        batches(path)


def test_a_row_that_is_cut_is_named_and_the_rest_is_in(tmp_path: Path) -> None:
    cut = dict(list(event_row().items())[:58])
    path = write_rows(tmp_path / "file", [event_row("613301015"), cut, event_row("613301398")])
    (batch,) = batches(path)
    assert len(batch.rows) == 2
    assert [(each.line, each.column, each.reason) for each in batch.findings] == [
        (2, "ActionGeo_FeatureID", "the row has 58 columns, not 61")
    ]


@pytest.mark.parametrize("line_end", ["\r\n", "\n\n"])
def test_lines_may_end_as_they_like(tmp_path: Path, line_end: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(KOREA.read_bytes().replace(b"\n", line_end.encode()))
    assert external_ids(path) == ids_in(KOREA)
