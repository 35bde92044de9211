"""SIPRI's trade register: preamble, nameless columns, estimates, names, and faulty rows."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.db.database import Database
from app.errors import Invalid
from app.ingest.formats.sipri import PREAMBLE_LINES, read_dataset
from app.ingest.reading.import_format import BadRow
from app.models.claims import claims
from app.models.datasets import datasets
from app.record.document import decode_document
from tests.ingest.conftest import Import
from tests.ingest.samples import DATA, NOTHING, map_sample, read_as, rows_in

SAMPLE = "sipri/sample.csv"
FRANCE_KENYA = 1
"""A deal in which all that can be an estimate is one."""


def event_of(place: int, changed: Mapping[str, str] = NOTHING) -> Any:
    return map_sample(SAMPLE, place, changed).event


def table_of_the_sample() -> bytes:
    """The sample from its header on."""
    return (DATA / SAMPLE).read_bytes().split(b"\r\n", 11)[11]


def test_nameless_columns_have_the_name_of_the_one_before() -> None:
    names = list(rows_in(SAMPLE)[0].cells)
    assert len(names) == 16
    assert [name for name in names if name.endswith("?")] == [
        "year of order ?",
        "number ordered ?",
        "number delivered ?",
    ]
    assert rows_in(SAMPLE)[0].line == 13


@pytest.mark.parametrize("lines", [0, 3, 40])
def test_the_header_is_found_however_long_the_preamble_is(lines: int) -> None:
    found = read_as("sipri", b'Some "words\r\n' * lines + table_of_the_sample())
    assert [getattr(row, "cells", None) for row in found] == [row.cells for row in rows_in(SAMPLE)]


def test_a_file_without_the_header_is_refused() -> None:
    with pytest.raises(Invalid, match=f"in the first {PREAMBLE_LINES} lines"):
        read_as("sipri", b"a,b\r\n" * 200)
    with pytest.raises(Invalid, match="the line is longer"):
        read_as("sipri", b"x" * 2_000_000)
    with pytest.raises(Invalid, match="in the first 0 lines"):
        read_as("sipri", b"")


@pytest.mark.parametrize(
    ("line", "day"),
    [
        (b"Information generated: 11 March 2024", "2024-03-11"),
        (b'"Generated on 2024-03-11, from the SIPRI Arms Transfers Database"', "2024-03-11"),
        (b"Downloaded 3 Apr 2025", "2025-04-03"),
        (b"Deals with deliveries or orders made between 1950 and 2024", None),
        (b"Generated: 31 February 2024", None),
        (b"Generated from deals of 24 years, 2024", None),
    ],
)
def test_the_day_on_which_it_was_generated_is_that_of_its_release(
    line: bytes, day: str | None
) -> None:
    made = read_dataset(b"Transfers of major weapons\r\n" + line + b"\r\n" + table_of_the_sample())
    assert (made and made.released_on) == day


def test_a_day_below_the_header_is_not_that_of_the_release() -> None:
    assert read_dataset(table_of_the_sample() + b"\r\nGenerated: 2024-03-11") is None


async def test_a_dataset_and_its_claims_are_dated_by_the_file(
    load: Import, database: Database, scalar: Callable[[Any], Awaitable[Any]], tmp_path: Path
) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(b"Generated: 11 March 2024\r\n" + table_of_the_sample())
    first = await load(path)
    path.write_bytes(b"Generated: 2 April 2025\r\n" + table_of_the_sample())
    again = await load(path)
    assert again.rows.unchanged == first.rows.created, "the same rows are not dated anew"
    documents = await database.read(lambda read: read.scalars(select(claims.c.document)).all())
    assert {decode_document(each)["made_on"] for each in documents} == {"2024-03-11"}
    released = select(datasets.c.released_on).where(datasets.c.slug == "sipri")
    assert str(await scalar(released)) == "2024-03-11", "an editor may have set it: it stays"


def test_latin_1_with_windows_dashes_and_utf_8_are_both_read() -> None:
    content = (DATA / SAMPLE).read_bytes()
    assert rows_in(SAMPLE)[15].cells["comments"] == "Señal inventada – “made up”"
    assert read_as("sipri", content.decode("cp1252").encode()) == list(rows_in(SAMPLE))


def test_a_row_becomes_an_arms_transfer() -> None:
    event = event_of(FRANCE_KENYA)
    assert event["type"] == "arms-transfer"
    assert event["title"] == "France to Kenya: MB-2 (APC)"
    assert event["date"] == "2018~"
    assert event["external_id"] == "France/Kenya/2018/MB-2/APC"
    assert event["participants"] == [
        {"actor": "FRA", "for": None, "role": "supplier"},
        {"actor": "KEN", "for": None, "role": "recipient"},
    ]
    assert event["details"] == {
        "weapon_designation": "MB-2",
        "weapon_category": "APC",
        "ordered": {"value": 10, "estimated": True},
        "delivered": {"value": 4, "estimated": True},
        "order_year": {"value": 2018, "estimated": True},
        "delivery_years": [2020, 2021],
        "condition": "second-hand",
        "tiv_per_unit": {"value": 0.25, "estimated": False},
        "tiv_ordered": {"value": 2.5, "estimated": False},
        "tiv_delivered": {"value": 1, "estimated": False},
        "comments": "Made up: for the border guard",
    }


@pytest.mark.parametrize(
    ("changed", "field", "expected"),
    [
        ({"year of order ?": ""}, "order_year", {"value": 2018, "estimated": False}),
        ({"year of order ?": "", "year of order": "(2018)"}, "order_year",
         {"value": 2018, "estimated": True}),
        ({"number ordered ?": ""}, "ordered", {"value": 10, "estimated": False}),
        ({"number ordered": ""}, "ordered", None),
        ({"number ordered": "?"}, "ordered", None),
        ({"number delivered ?": "", "number delivered": "(4)"}, "delivered",
         {"value": 4, "estimated": True}),
        ({"sipri tiv per unit": "0.3?"}, "tiv_per_unit", {"value": 0.3, "estimated": True}),
        ({"year(s) of delivery": ""}, "delivery_years", None),
        ({"year(s) of delivery": "2020; 2021?"}, "delivery_years_estimated", True),
        ({"year(s) of delivery": "2019;2020 ; 2021"}, "delivery_years", [2019, 2020, 2021]),
        ({"status": "Second hand but modernized"}, "condition", "second-hand-modernised"),
        ({"comments": ""}, "comments", None),
    ],
)  # fmt: skip
def test_details(changed: dict[str, str], field: str, expected: object) -> None:
    assert event_of(FRANCE_KENYA, changed)["details"].get(field) == expected


@pytest.mark.parametrize(
    ("name", "slug", "kind", "country"),
    [
        ("Soviet Union", "RUS", "state", "RUS"),
        ("Yugoslavia", "SRB", "state", "SRB"),
        ("East Germany (GDR)", "DEU", "state", "DEU"),
        ("South Vietnam", "VNM", "state", "VNM"),
        ("South Yemen", "YEM", "state", "YEM"),
        ("North Yemen", "YEM", "state", "YEM"),
        ("Czechoslovakia", "sipri-czechoslovakia", "state", None),
        ("Bosnia-Herzegovina", "BIH", "state", "BIH"),
        ("Congo", "COG", "state", "COG"),
        ("DR Congo", "COD", "state", "COD"),
        ("Viet Nam", "VNM", "state", "VNM"),
        ("UAE", "ARE", "state", "ARE"),
        ("Turkiye", "TUR", "state", "TUR"),
        ("eSwatini", "SWZ", "state", "SWZ"),
        ("NATO**", "nato", "organisation", None),
        ("United Nations**", "united-nations", "organisation", None),
        ("Regional Security System**", "sipri-regional-security-system", "organisation", None),
        ("Hezbollah (Lebanon)*", "sipri-hezbollah-lebanon", "armed-group", "LBN"),
        ("Houthi rebels (Yemen)*", "sipri-houthi-rebels-yemen", "armed-group", "YEM"),
        ("PIJ (Israel/Palestine)*", "sipri-pij-israel-palestine", "armed-group", None),
        ("Syria rebels*", "sipri-syria-rebels", "armed-group", None),
        ("Libya HoR", "sipri-libya-hor", "organisation", None),
    ],
)
def test_who_takes_part(name: str, slug: str, kind: str, country: str | None) -> None:
    mapped = map_sample(SAMPLE, FRANCE_KENYA, {"recipient": name})
    assert mapped.event["participants"][1]["actor"] == slug
    actor = list(mapped.actors)[1]
    assert (actor.slug, actor.kind, actor.country) == (slug, kind, country)
    assert mapped.event["codes"]["sipri-recipient"] == name


@pytest.mark.parametrize(
    "name", ["Unknown recipient(s)", "unknown supplier(s)", "Unknown rebel group*"]
)
def test_one_who_is_not_known_is_no_actor(name: str) -> None:
    event = event_of(FRANCE_KENYA, {"recipient": name})
    assert [each["role"] for each in event["participants"]] == ["supplier"]
    assert event["codes"]["sipri-recipient"] == name


def test_deals_that_are_alike_are_counted() -> None:
    assert event_of(20)["external_id"] == "Germany/Japan/2001/MB-21/Diesel engine"
    assert event_of(21)["external_id"] == "Germany/Japan/2001/MB-21/Diesel engine#2"


def test_the_same_deal_again_is_the_same_record() -> None:
    content = (DATA / SAMPLE).read_bytes()
    table = content.split(b"\r\n", 12)[12]
    rows = read_as("sipri", content + table)
    occurrences = [row.occurrence for row in rows_in(SAMPLE)]
    assert [getattr(row, "occurrence", 0) for row in rows] == occurrences * 2


def test_a_corrected_number_is_no_other_deal() -> None:
    assert event_of(0, {"number delivered": "19"})["external_id"] == event_of(0)["external_id"]


def test_a_long_key_still_tells_deals_apart() -> None:
    first, second = (
        event_of(0, {"weapon description": "x" * 300 + end})["external_id"] for end in "ab"
    )
    assert first != second
    assert len(first) <= 200


def test_sipri_affirms_the_deal() -> None:
    (claim,) = map_sample(SAMPLE, 0).claims.values()
    assert (claim["source"], claim["basis"], claim["origin"]) == ("sipri", "dataset-coding", None)


@pytest.mark.parametrize(
    ("changed", "column", "reason"),
    [
        ({"supplier": ""}, "supplier", "the supplier has no name"),
        ({"recipient": " "}, "recipient", "the recipient has no name"),
        ({"year of order": ""}, "year of order", "not a year"),
        ({"year of order": "19 95"}, "year of order", "not a year"),
        ({"year(s) of delivery": "2020-2021"}, "year(s) of delivery", "not a year"),
        ({"number ordered": "some"}, "number ordered", "not a number"),
        ({"sipri tiv per unit": "1,5"}, "sipri tiv per unit", "not a number"),
        ({"weapon designation": "", "weapon description": ""}, "weapon designation", "no name"),
    ],
)
def test_a_bad_row_says_where_it_is_bad(changed: dict[str, str], column: str, reason: str) -> None:
    with pytest.raises(BadRow, match=reason) as raised:
        event_of(0, changed)
    assert raised.value.column == column


def test_an_unknown_status_is_kept_with_a_warning() -> None:
    mapped = map_sample(SAMPLE, 20)
    assert [column for column, _, _ in mapped.warnings] == ["status"]
    assert mapped.event["codes"]["sipri-status"] == "Bartered"
    assert mapped.event["details"] is not None
    assert "condition" not in mapped.event["details"]
