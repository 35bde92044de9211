"""UCDP GED: its layouts, codes and sources, and faulty rows."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.errors import Invalid
from app.ingest.formats.ucdp import FORMAT, LAYOUT_20, map_row
from app.ingest.mapping.detection import detect_format
from app.ingest.mapping.map_rows import MappedBatch
from app.ingest.reading.import_format import BadRow, FileContext, FileRow
from app.ingest.reading.source_files import read_file_head
from app.ingest.reading.ucdp_file_names import get_release_year, parse_file_version
from tests.ingest.preparing import prepare
from tests.ingest.rows import SAMPLES, UCDP, row_of

CONTEXT = FileContext("ucdp-ged", "2023")


def batches(path: Path) -> Iterator[MappedBatch]:
    return prepare(path, FORMAT, CONTEXT, 10_000_000, 1000)


def external_ids(path: Path) -> list[str | None]:
    return [row.event["external_id"] for batch in batches(path) for row in batch.rows]


def ids_in(path: Path) -> list[str]:
    """The ids as the csv module alone finds them: the cells of the first column that are one."""
    with path.open(encoding="utf-8", newline="") as file:
        return [cells[0] for cells in csv.reader(file) if cells[0].isdecimal()]


def event_of(id: str, /, **changed: str) -> Any:
    return map_row(FileRow(2, row_of(id, **changed)), CONTEXT).event


def claims_of(source_article: str, **changed: str) -> list[Any]:
    cells = row_of(source_article=source_article, **changed)
    return list(map_row(FileRow(2, cells), CONTEXT).claims.values())


@pytest.mark.parametrize(("name", "rows"), SAMPLES.items())
def test_every_row_of_a_sample_is_in(name: str, rows: int) -> None:
    found = external_ids(UCDP / name)
    assert len(found) == rows
    assert found == ids_in(UCDP / name)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_recognised(name: str) -> None:
    assert detect_format(read_file_head(UCDP / name)).format is FORMAT


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_without_header_gives_the_same_records(tmp_path: Path, mark: bytes) -> None:
    text = (UCDP / "ged231_sample1000.csv").read_bytes()
    headless = tmp_path / "headless.csv"
    headless.write_bytes(mark + text.partition(b"\n")[2])
    assert detect_format(read_file_head(headless)).format is FORMAT
    with_header = [row for batch in batches(UCDP / "ged231_sample1000.csv") for row in batch.rows]
    without = [row for batch in batches(headless) for row in batch.rows]
    assert [(row.id, row.digest) for row in without] == [
        (row.id, row.digest) for row in with_header
    ]
    assert [row.line for row in without] == [row.line - 1 for row in with_header]


@pytest.mark.parametrize(
    ("head", "complaint"),
    [
        ("", "the file is empty"),
        ("a,b,c\n1,2,3\n", "neither the header of UCDP GED nor a row"),
        (",".join(LAYOUT_20).replace(",best", ",most") + "\n", "the header lacks best"),
        (",".join([*LAYOUT_20, "best"]) + "\n", "names a column twice"),
        (",".join(["x"] * len(LAYOUT_20)) + "\n", "neither the header of UCDP GED nor a row"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, head: str, complaint: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(head)
    with pytest.raises(Invalid, match=complaint):
        list(batches(path))


@pytest.mark.parametrize(
    ("id", "changed", "field", "expected"),
    [
        ("300380", {}, "type", "armed-clash"),
        ("300380", {}, "title", "Government of Syria – Syrian insurgents, Rami village"),
        ("300380", {}, "date", "2013-01-03"),
        ("300380", {}, "fatalities", {"low": 2, "best": 2, "high": 2}),
        (
            "300380",
            {},
            "participants",
            [
                {"actor": "SYR", "for": None, "role": "side"},
                {"actor": "ucdp-4456", "for": None, "role": "side"},
            ],
        ),
        (
            "300380",
            {},
            "location",
            {
                "name": "Rami village",
                "country": "SYR",
                "admin1": "Idlib governorate",
                "longitude": 36.558974,
                "latitude": 35.763369,
                "precision": "exact",
            },
        ),
        ("300380", {"type_of_violence": "2"}, "type", "armed-clash"),
        ("300380", {"type_of_violence": "3"}, "type", "attack-on-civilians"),
        ("300380", {"where_description": ""}, "summary", None),
        ("300380", {"where_description": "Rami village"}, "summary", None),
        (
            "300380",
            {"type_of_violence": "3", "side_b": "Civilians", "where_coordinates": "Idlib town"},
            "title",
            "Government of Syria against civilians, Idlib town",
        ),
        ("300380", {"best": "", "low": "", "high": "-1"}, "fatalities", None),
    ],
)
def test_a_row_becomes_an_event(
    id: str, changed: dict[str, str], field: str, expected: object
) -> None:
    assert event_of(id, **changed)[field] == expected


@pytest.mark.parametrize(
    ("start", "end", "precision", "date"),
    [
        ("2014-01-22", "2014-01-22", "1", "2014-01-22"),
        ("2014-01-22 00:00:00.000", "2014-01-23 00:00:00.000", "2", "2014-01-22/2014-01-23"),
        ("2009-02-01", "2009-02-28", "4", "2009-02"),
        ("2009-02-01", "2009-02-28", "3", "2009-02-01/2009-02-28"),
        ("2009-12-01", "2009-12-31", "4", "2009-12"),
        ("2009-02-02", "2009-02-28", "4", "2009-02-02/2009-02-28"),
        ("1999-01-01", "1999-12-31", "5", "1999"),
        ("1999-01-01", "2000-12-31", "5", "1999-01-01/2000-12-31"),
        ("9999-12-31", "9999-12-31", "5", "9999-12-31"),
    ],
)
def test_dates_keep_the_bounds_that_the_provider_gives(
    start: str, end: str, precision: str, date: str
) -> None:
    changed = {"date_start": start, "date_end": end, "date_prec": precision}
    assert event_of("300380", **changed)["date"] == date


@pytest.mark.parametrize(
    ("where_prec", "precision"),
    [
        ("1", "exact"),
        ("2", "city"),
        ("3", "admin1"),
        ("4", "admin1"),
        ("5", "region"),
        ("6", "country"),
        ("7", "region"),
    ],
)
def test_place_precision(where_prec: str, precision: str) -> None:
    assert event_of("300380", where_prec=where_prec)["location"]["precision"] == precision


@pytest.mark.parametrize(
    ("changed", "iso3"),
    [
        ({"country_id": "345", "country": "Serbia (Yugoslavia)"}, "SRB"),
        ({"country_id": "365", "country": "Russia (Soviet Union)"}, "RUS"),
        ({"country_id": "678", "country": "Yemen (North Yemen)"}, "YEM"),
        ({"country_id": "", "country": "DR Congo (Zaire)"}, "COD"),
        ({"country_id": "99999", "country": "?", "iso3": "UKR"}, "UKR"),
        ({"country_id": "99999", "country": "Atlantis"}, None),
    ],
)
def test_countries_are_found_by_number_code_or_name(
    changed: dict[str, str], iso3: str | None
) -> None:
    mapped = map_row(FileRow(2, {**row_of(), **changed}), CONTEXT)
    assert mapped.event["location"] is not None
    assert mapped.event["location"]["country"] == iso3
    assert [column for column, _, _ in mapped.warnings] == ([] if iso3 else ["country_id"])


@pytest.mark.parametrize(
    ("side", "number", "states", "slug", "kind", "role"),
    [
        ("Government of Serbia (Yugoslavia)", "120", "345", "SRB", "state", "side"),
        ("IS", "234", "", "ucdp-234", "armed-group", "side"),
        ("Civilians", "1", "", "ucdp-1", "organisation", "victim"),
        ("Government of Hyderabad", "9", "", "ucdp-9", "body", "side"),
    ],
)
def test_a_side_is_a_state_a_group_or_civilians(
    side: str, number: str, states: str, slug: str, kind: str, role: str
) -> None:
    cells = row_of(side_b=side, side_b_new_id=number, gwnob=states)
    mapped = map_row(FileRow(2, cells), CONTEXT)
    assert mapped.event["participants"][1] == {"actor": slug, "for": None, "role": role}
    assert [(each.slug, each.kind) for each in mapped.actors][1] == (slug, kind)


@pytest.mark.parametrize(
    ("source_article", "claims"),
    [
        ('"VDC,2013-01-03,A ""B"" C"', [("vdc", "2013-01-03", "media-report")]),
        (
            '"Reuters News,2014-01-22,Two shot; ten hurt";"BBC, Kabul,2014-01-23,Three"',
            [
                ("reuters-news", "2014-01-22", "media-report"),
                ("bbc-kabul", "2014-01-23", "media-report"),
            ],
        ),
        ("Reuters, 1996-04-17, Guard killed", [("reuters", "1996-04-17", "media-report")]),
        ('"VDC,2013-02-31,No such day"', [("vdc", "2023", "media-report")]),
        ('Reuters 1989-05-17 "REBELS BLOW UP', [("ucdp", "2023", "dataset-coding")]),
        ("", [("ucdp", "2023", "dataset-coding")]),
    ],
)
def test_each_source_makes_a_claim(source_article: str, claims: list[tuple[str, str, str]]) -> None:
    made = claims_of(source_article.replace('""', '"'))
    assert [(each["source"], each["made_on"], each["basis"]) for each in made] == claims


def test_what_is_dated_by_the_release_says_so() -> None:
    (claim,) = claims_of("Burma Human Rights Yearbook 2003", number_of_sources="-1")
    assert claim["paraphrase"] == (
        "Coded by UCDP (dated by the dataset's release) from: Burma Human Rights Yearbook 2003"
    )


def test_a_source_that_is_an_address_is_the_url() -> None:
    (claim,) = claims_of("http://www.example.org/2007/20070715.html")
    assert claim["url"] == "http://www.example.org/2007/20070715.html"


@pytest.mark.parametrize(
    ("changed", "column", "reason"),
    [
        ({"id": ""}, "id", "no id"),
        ({"id": "UKR-1"}, "id", "not a number"),
        ({"date_start": "22.01.2014"}, "date_start", "not a day"),
        ({"date_start": "2014-02-30"}, "date_start", "not a day"),
        ({"date_end": "2012-01-01"}, "date_end", "ends before it starts"),
        ({"where_prec": "9"}, "where_prec", "1 to 7"),
        ({"latitude": "95"}, "latitude", "from -90 to 90"),
        ({"longitude": "east"}, "longitude", "from -180 to 180"),
        ({"best": "many"}, "best", "not a whole number"),
        ({"deaths_a": "1.5"}, "deaths_a", "not a whole number"),
        ({"side_a": " "}, "side_a", "no name"),
        ({"side_b_new_id": "x"}, None, "has no number"),
    ],
)
def test_a_bad_row_says_where_it_is_bad(
    changed: dict[str, str], column: str | None, reason: str
) -> None:
    with pytest.raises(BadRow, match=reason) as raised:
        event_of("300380", **changed)
    assert raised.value.column == column


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"low": "3", "best": "2"}, "best"),
        ({"latitude": ""}, "latitude"),
        ({"type_of_violence": "4"}, "type_of_violence"),
    ],
)
def test_what_is_odd_is_kept_with_a_warning(changed: dict[str, str], column: str) -> None:
    mapped = map_row(FileRow(2, row_of(**changed)), CONTEXT)
    assert [warned for warned, _, _ in mapped.warnings] == [column]


@pytest.mark.parametrize(
    ("file_name", "version"),
    [
        ("GEDEvent_v23_1.csv", "23.1"),
        ("ged231-csv.zip", "23.1"),
        ("GEDEvent_v24_0_1.csv", "24.0.1"),
        ("conflict_data_ukr.csv", None),
    ],
)
def test_the_name_of_a_file_tells_the_version(file_name: str, version: str | None) -> None:
    assert parse_file_version(file_name) == version


def test_a_version_tells_the_year() -> None:
    assert get_release_year("23.1") == "2023"
