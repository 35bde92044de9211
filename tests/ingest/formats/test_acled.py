"""ACLED: its layouts, codes, actors and sources, and faulty rows."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.errors import Invalid
from app.ingest.formats.acled import COLUMNS
from app.ingest.reading.import_format import BadRow
from tests.ingest.samples import DATA, batches, findings_in, map_sample, read_as, rows_in

SAMPLE = "acled/sample.csv"


def event_of(place: int, /, **changed: str) -> Any:
    return map_sample(SAMPLE, place, changed).event


def claims_of(place: int, /, **changed: str) -> list[Any]:
    return list(map_sample(SAMPLE, place, changed).claims.values())


def test_the_header_of_today_has_31_columns() -> None:
    assert len(COLUMNS) == 31
    assert tuple(rows_in(SAMPLE)[0].cells) == COLUMNS


def test_the_api_gives_the_same_events_as_the_file() -> None:
    from_file, from_api = (
        {row.event["external_id"]: (row.event, row.claims) for batch in found for row in batch.rows}
        for found in (batches(DATA / SAMPLE, "acled"), batches(DATA / "acled/sample.json", "acled"))
    )
    assert from_file == from_api


def test_older_names_of_columns_give_the_same_events() -> None:
    for place in range(12):
        now = map_sample(SAMPLE, place).event
        older = map_sample("acled/sample_2021.csv", place).event
        for name in ("external_id", "type", "title", "date", "location", "participants"):
            assert now[name] == older[name]
        assert older["codes"]["acled-data-id"] == str(7_000_000 + place)


@pytest.mark.parametrize(
    ("place", "type"),
    [
        (0, "armed-clash"),
        (1, "armed-clash"),
        (2, "armed-clash"),
        (3, "bombing"),
        (4, "other"),
        (5, "occupation"),
        (6, "other"),
        (7, "riot"),
        (8, "protest"),
        (9, "attack-on-civilians"),
    ],
)
def test_older_event_types(place: int, type: str) -> None:
    mapped = map_sample("acled/sample_2015.csv", place)
    assert mapped.event["type"] == type
    assert mapped.event["date"] == f"2001-04-{13 + place}"
    assert mapped.event["location"] is not None
    assert mapped.event["location"]["country"] == "DZA"
    assert mapped.warnings == []


@pytest.mark.parametrize(
    ("changed", "field", "expected"),
    [
        ({}, "external_id", "KEN1000"),
        ({}, "type", "armed-clash"),
        (
            {},
            "title",
            "Armed clash: Military Forces of Kenya (2011-) – Red Dawn Front, Sampleville-0",
        ),
        (
            {},
            "details",
            {"sides": [{"name": "Military Forces of Kenya (2011-)"}, {"name": "Red Dawn Front"}]},
        ),
        ({"fatalities": "12"}, "fatalities", {"low": None, "best": 12, "high": None}),
        ({"fatalities": ""}, "fatalities", None),
        (
            {"tags": "crowd size=about 40; local leaders"},
            "tags",
            ["crowd size=about 40", "local leaders"],
        ),
        ({"notes": ""}, "summary", None),
        ({"sub_event_type": "Agreement"}, "details", None),
        (
            {"geo_precision": "2"},
            "location",
            {
                "name": "Sampleville-0",
                "country": "KEN",
                "admin1": "Sample Province",
                "longitude": 36.8,
                "latitude": -1.5,
                "precision": "admin1",
            },
        ),
    ],
)
def test_a_row_becomes_an_event(changed: dict[str, str], field: str, expected: object) -> None:
    assert event_of(0, **changed)[field] == expected


@pytest.mark.parametrize(
    ("written", "precision", "date"),
    [
        ("01 January 2023", "1", "2023-01-01"),
        ("2023-01-01", "1", "2023-01-01"),
        ("1-Jan-2023", "1", "2023-01-01"),
        ("01/02/2023", "1", "2023-02-01"),
        ("04 January 2023", "2", "2023-01-01/2023-01-07"),
        ("02 January 2023", "2", "2022-12-30/2023-01-05"),
        ("9999-12-31", "2", "9999-12-31"),
        ("15 January 2023", "3", "2023-01"),
        ("29 February 2024", "1", "2024-02-29"),
    ],
)
def test_dates_are_as_wide_as_they_are_known(written: str, precision: str, date: str) -> None:
    assert event_of(0, event_date=written, time_precision=precision, year="")["date"] == date


@pytest.mark.parametrize(("code", "precision"), [("1", "city"), ("2", "admin1"), ("3", "region")])
def test_place_precision(code: str, precision: str) -> None:
    assert event_of(0, geo_precision=code)["location"]["precision"] == precision


@pytest.mark.parametrize(
    ("changed", "iso3"),
    [
        ({"iso": "275", "country": "Palestine"}, "PSE"),
        ({"iso": "4", "country": "?"}, "AFG"),
        ({"iso": "0", "country": "Kosovo"}, "XKX"),
        ({"iso": "", "country": "Ivory Coast"}, "CIV"),
        ({"iso": "", "country": "Republic of Congo"}, "COG"),
        ({"iso": "", "country": "?", "iso3": "ETH"}, "ETH"),
        ({"iso": "", "country": "Atlantis"}, None),
    ],
)
def test_countries_are_found_by_number_code_or_name(
    changed: dict[str, str], iso3: str | None
) -> None:
    mapped = map_sample(SAMPLE, 0, changed)
    assert mapped.event["location"] is not None
    assert mapped.event["location"]["country"] == iso3
    assert [column for column, _, _ in mapped.warnings] == ([] if iso3 else ["country"])


@pytest.mark.parametrize(
    ("name", "inter", "slug", "acts_for", "kind"),
    [
        ("Military Forces of Syria (2000-2024) Air Force", "1",
         "acled-military-forces-of-syria-2000-2024-air-force", "SYR", "body"),
        ("Police Forces of the United States (2021-2025)", "State forces",
         "acled-police-forces-of-the-united-states-2021-2025", "USA", "body"),
        ("Government of Kenya (2022-)", "State forces", "KEN", None, "state"),
        ("Red Dawn Front", "Rebel group", "acled-red-dawn-front", None, "armed-group"),
        ("Red Dawn Front", "Rebel groups", "acled-red-dawn-front", None, "armed-group"),
        ("Fulani Ethnic Militia (Nigeria)", "4", "acled-fulani-ethnic-militia-nigeria", None,
         "armed-group"),
        ("Protesters (India)", "6", "acled-protesters-india", None, "organisation"),
        ("NATO", "External/Other forces", "nato", None, "organisation"),
        ("Somebody", "17", "acled-somebody", None, "organisation"),
    ],
)  # fmt: skip
def test_an_actor_is_a_state_its_forces_or_a_group(
    name: str, inter: str, slug: str, acts_for: str | None, kind: str
) -> None:
    mapped = map_sample(SAMPLE, 1, {"actor1": name, "inter1": inter})
    taking = mapped.event["participants"][0]
    assert (taking["actor"], taking["for"]) == (slug, acts_for)
    assert next(iter(mapped.actors)).kind == kind
    assert mapped.event["codes"]["acled-inter1"] == inter


@pytest.mark.parametrize(
    ("sub_event_type", "inter", "role"),
    [
        ("Armed clash", "State forces", "side"),
        ("Attack", "Civilians", "victim"),
        ("Attack", "7", "victim"),
        ("Agreement", "Civilians", "side"),
        ("Peaceful protest", "Protesters", "initiator"),
        ("Mob violence", "Rioters", "initiator"),
        ("Excessive force against protesters", "6", "victim"),
    ],
)
def test_roles(sub_event_type: str, inter: str, role: str) -> None:
    event = event_of(1, sub_event_type=sub_event_type, inter2=inter)
    assert event["participants"][1]["role"] == role


def test_associated_actors_take_part_on_their_side() -> None:
    participants = event_of(0)["participants"]
    assert [each["actor"] for each in participants] == [
        "acled-military-forces-of-kenya-2011",
        "acled-farmers-of-sampleland",
        "acled-labor-group-kenya",
        "acled-red-dawn-front",
        "acled-women-kenya",
    ]


def test_each_source_affirms_the_event() -> None:
    claims = claims_of(0, source="Made-up Times; Invented Radio; Made-up Times")
    assert [(each["source"], each["basis"], each["made_on"]) for each in claims] == [
        ("made-up-times", "media-report", "2023-01-01/2023-04-11"),
        ("invented-radio", "media-report", "2023-01-01/2023-04-11"),
    ]


@pytest.mark.parametrize("timestamp", ["", "x", "0", "9999999999999"])
def test_a_report_of_an_unknown_day_is_not_dated(timestamp: str) -> None:
    assert [each["made_on"] for each in claims_of(0, timestamp=timestamp)] == [None]


def test_without_a_source_acled_affirms_it() -> None:
    (claim,) = claims_of(0, source=" ; ")
    assert (claim["source"], claim["basis"]) == ("acled", "dataset-coding")


@pytest.mark.parametrize(
    ("changed", "column", "reason"),
    [
        ({"event_id_cnty": " "}, "event_id_cnty", "no id"),
        ({"event_date": "04/18/2001"}, "event_date", "not a day"),
        ({"event_date": "31 Febtember 2001"}, "event_date", "not a day"),
        ({"event_date": "30 February 2001"}, "event_date", "not a day"),
        ({"event_date": "44927"}, "event_date", "not a day"),
        ({"time_precision": "4"}, "time_precision", "1 to 3"),
        ({"geo_precision": "0"}, "geo_precision", "1 to 3"),
        ({"latitude": "91"}, "latitude", "from -90 to 90"),
        ({"longitude": "36,8"}, "longitude", "from -180 to 180"),
        ({"fatalities": "several"}, "fatalities", "not a whole number"),
        ({"actor1": ""}, "actor1", "no first actor"),
    ],
)
def test_a_bad_row_says_where_it_is_bad(
    changed: dict[str, str], column: str | None, reason: str
) -> None:
    with pytest.raises(BadRow, match=reason) as raised:
        event_of(0, **changed)
    assert raised.value.column == column


@pytest.mark.parametrize(
    ("changed", "column", "type"),
    [
        ({"sub_event_type": "Teleportation"}, "sub_event_type", "armed-clash"),
        ({"event_type": "Miracles", "sub_event_type": ""}, "event_type", "other"),
        ({"year": "2022"}, "year", "armed-clash"),
        ({"latitude": ""}, "latitude", "armed-clash"),
    ],
)
def test_what_is_odd_is_kept_with_a_warning(
    changed: dict[str, str], column: str, type: str
) -> None:
    mapped = map_sample(SAMPLE, 0, changed)
    assert [warned for warned, _, _ in mapped.warnings] == [column]
    assert mapped.event["type"] == type
    code = changed.get("sub_event_type") or changed.get("event_type") or "Armed clash"
    assert mapped.event["codes"]["acled"] == code


def test_a_row_twice_in_an_answer_of_the_api_is_told(tmp_path: Path) -> None:
    answer = json.loads((DATA / "acled/sample.json").read_bytes())
    path = tmp_path / "answer.json"
    path.write_text(json.dumps({"data": [*answer["data"], answer["data"][3]]}))
    line, _, reason = findings_in(path, "acled")[-1]
    assert (line, reason) == (31, "the same record is on line 4")


@pytest.mark.parametrize("separator", ["\n", " "])
def test_objects_one_after_the_other_are_rows(separator: str) -> None:
    data = json.loads((DATA / "acled/sample.json").read_bytes())["data"]
    text = separator.join(json.dumps(row) for row in data)
    assert [row.line for row in read_as("acled", text.encode())] == list(range(1, 31))


def test_an_answer_without_rows_is_told() -> None:
    (finding,) = read_as("acled", b'{"status": 401, "error": "no"}')
    assert getattr(finding, "reason", "").startswith("the row lacks actor1, actor2, country")
    assert read_as("acled", b'{"status": 200, "data": [{"x": 1}]}')[0].line == 1
    assert read_as("acled", b'{"status": 200, "count": 0, "data": []}') == []
    with pytest.raises(Invalid, match="the file is empty"):
        read_as("acled", b"")
