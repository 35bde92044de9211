"""Index rows: the columns and child rows that follow from a document and its claims."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table

from app.models.events import (
    NO_FATALITIES,
    event_terms,
    event_texts,
    known_statuses,
    participants,
)
from app.record.content import EventContent
from app.record.document import RevisionInfo
from app.record.event_rows import SaveContext, derive_event
from app.record.index import CHILD_TABLES, IndexRows, make_claim_columns, make_claim_text
from app.values.dates import OPEN_START, parse_day
from app.vocab.closed_lists import encode_roles
from tests.record.contents import EVENT_ID, PROFILES, claim, event, participant

NAMES = {"PRK": "North Korea", "kim-jong-un": "Kim Jong Un"}
PYONGYANG = {
    "name": "Pyongyang",
    "country": "PRK",
    "admin1": None,
    "longitude": 125.75,
    "latitude": 39.03,
    "precision": "city",
}


def index(content: EventContent, *claims: Any) -> IndexRows:
    """Return the index rows of an event with these claims."""
    info = RevisionInfo(EVENT_ID, 1, 0, 0)
    by_id = {UUID(int=number): one for number, one in enumerate(claims, 10)}
    return derive_event(content, info, by_id, SaveContext(NAMES, PROFILES)).index


COLUMNS: list[tuple[EventContent, dict[str, Any]]] = [
    (event(), {"is_long": 0, "is_certain": 1, "fatalities_best": NO_FATALITIES, "country": None}),
    (event(date="2024-06-18?"), {"is_certain": 0}),
    (event(date="2024"), {"is_long": 1, "latest_day": parse_day("2024-12-31")}),
    (event(fatalities={"low": 1, "best": 3, "high": None}), {"fatalities_best": 3}),
    (event(fatalities={"low": 1, "best": None, "high": None}), {"fatalities_best": NO_FATALITIES}),
    (event(location=PYONGYANG), {"country": "PRK", "longitude": 125.75, "latitude": 39.03}),
    (event(location={**PYONGYANG, "longitude": 180.0}), {"longitude": -180.0}),
    (
        event(location={**PYONGYANG, "precision": "country"}),
        {"country": "PRK", "longitude": None, "cell_1": None},
    ),
    (event(), {"verification": "unverified", "category": "diplomacy"}),
]


@pytest.mark.parametrize(("content", "expected"), COLUMNS)
def test_the_columns_of_an_event(content: EventContent, expected: dict[str, Any]) -> None:
    columns = index(content).event
    assert {name: columns[name] for name in expected} == expected


CHILDREN: list[tuple[Table, EventContent, list[dict[str, Any]]]] = [
    (
        participants,
        event(participants=[participant("kim-jong-un", "host", acts_for="PRK")]),
        [
            {"actor": "kim-jong-un", "roles": encode_roles(["host"])},
            {"actor": "PRK", "roles": encode_roles(["host"])},
        ],
    ),
    (
        participants,
        event(participants=[participant("PRK", "host"), participant("PRK", "guest")]),
        [{"actor": "PRK", "roles": encode_roles(["host", "guest"])}],
    ),
    (
        event_terms,
        event(tags=["b", "a"], codes={"cameo": "042"}),
        [
            {"kind": "code", "term": "cameo:042"},
            {"kind": "tag", "term": "a"},
            {"kind": "tag", "term": "b"},
        ],
    ),
    (known_statuses, event(), []),
]


@pytest.mark.parametrize(("table", "content", "expected"), CHILDREN)
def test_the_child_rows_of_an_event(
    table: Table, content: EventContent, expected: list[dict[str, Any]]
) -> None:
    assert index(content).children[table] == expected


def test_sources_of_claims_are_terms() -> None:
    rows = index(event(), claim("daily", origin="wire")).children[event_terms]
    assert [row["term"] for row in rows if row["kind"] == "source"] == ["daily", "wire"]


def test_names_of_places_and_actors_are_searchable() -> None:
    words = index(event(location=PYONGYANG, title="A meeting", summary="They met")).words
    assert words.title == ("a", "meeting")
    assert {"pyongyang", "north", "korea"} <= set(words.names)
    assert words.summary == ("they", "met")


def test_every_child_table_has_rows_or_none() -> None:
    assert set(index(event(), claim()).children) == set(CHILD_TABLES)
    assert len(index(event()).children[event_texts]) == 1


def test_the_columns_of_a_claim() -> None:
    columns = make_claim_columns(claim("daily", made_on=None, retracted_on="2024-07-01"))
    assert (columns["made_day"], columns["is_retracted"], columns["speaker"]) == (
        OPEN_START,
        1,
        None,
    )
    assert make_claim_text(claim(paraphrase="They met"))["words"].summary == ("they", "met")
