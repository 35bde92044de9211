"""Rows of events and claims: complete for their tables, and the same for saves and bulk loads."""

from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import Table

from app.models.changes import changes
from app.models.claims import claim_texts, claims
from app.models.events import event_documents, event_texts, events
from app.models.imports import source_rows
from app.models.schema import metadata
from app.record.bulk_save import LAYOUTS
from app.record.document import RevisionInfo, encode_document, make_claim_document
from app.record.event_rows import (
    CLAIM_TABLES,
    MAIN_TABLES,
    RecordChange,
    SaveContext,
    derive_event,
    make_claim_rows,
    make_event_rows,
    make_feed_row,
)
from app.record.index import CHILD_TABLES
from tests.record.contents import EVENT_ID, PROFILES, claim, event, participant

CLAIM_ID = UUID(int=2)
INFO = RevisionInfo(EVENT_ID, 3, 1_000_000, 2_000_000)
CONTEXT = SaveContext({"PRK": "North Korea", "RUS": "Russia"}, PROFILES)
CHANGE = RecordChange("event", "updated", EVENT_ID, EVENT_ID, 3, "desk", 70)
ORDER_KEY = 5 << 41


def rows() -> list[tuple[Table, dict[str, Any]]]:
    """Return all rows of an event with a claim."""
    content = event(
        participants=[participant("PRK", "host"), participant("RUS", "guest")], tags=["a"]
    )
    derived = derive_event(content, INFO, {CLAIM_ID: claim()}, CONTEXT)
    text = encode_document(derived.document)
    claim_change = RecordChange("claim", "created", EVENT_ID, CLAIM_ID, 1, "desk", 71)
    info = RevisionInfo(CLAIM_ID, 1, 1_000_000, 2_000_000)
    claim_text = encode_document(make_claim_document(claim(), info, EVENT_ID))
    return [
        make_feed_row(CHANGE, "editor", 2_000_000),
        *make_event_rows(CHANGE, derived, text, ORDER_KEY),
        *make_claim_rows(claim_change, claim(), info, claim_text),
    ]


def test_every_row_has_exactly_the_columns_of_its_table() -> None:
    assert {
        (table.name, name)
        for table, row in rows()
        for name in set(row) ^ {column.name for column in table.columns}
    } == set()


@pytest.mark.parametrize("table", [changes, *MAIN_TABLES, *CHILD_TABLES, *CLAIM_TABLES])
def test_every_table_gets_a_row(table: Table) -> None:
    assert [row for other, row in rows() if other is table]


def test_every_table_of_an_event_is_loaded_in_bulk() -> None:
    tables = {layout.table for layout in LAYOUTS.values()}
    assert tables == {*MAIN_TABLES, *CHILD_TABLES, *CLAIM_TABLES, changes, source_rows}


def test_every_table_with_a_past_that_belongs_to_events_has_rows() -> None:
    of_events = {
        table.info["past_of"]
        for table in metadata.sorted_tables
        if "past_of" in table.info and table.info["placement"] in {"hash:id", "hash:event_id"}
    }
    assert of_events - {*MAIN_TABLES, *CHILD_TABLES, *CLAIM_TABLES} == {
        metadata.tables["relations"]
    }


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))
def test_a_layout_has_each_column_once(layout: Any) -> None:
    assert sorted(layout.columns) == sorted(column.name for column in layout.table.columns)


def test_times_end_each_document_that_is_loaded_in_bulk() -> None:
    for table, row in rows():
        if table in (event_documents, claims):
            assert list(orjson.loads(row["document"]))[-2:] == ["created_at", "updated_at"]


def test_positions_and_order_keys() -> None:
    by_table = dict(rows())
    assert {row["from_position"] for table, row in rows() if table in CHILD_TABLES} == {70}
    assert by_table[events]["order_key"] == by_table[event_texts]["rowid"] == ORDER_KEY
    assert by_table[claim_texts]["rowid"] == by_table[claim_texts]["from_position"] == 71
    assert (by_table[events]["created_at"], by_table[events]["updated_at"]) == (
        1_000_000,
        2_000_000,
    )


def test_ids_have_the_form_that_the_change_gives_them() -> None:
    derived = derive_event(event(), INFO, {}, CONTEXT)
    change = CHANGE._replace(event_id=EVENT_ID.hex, id=EVENT_ID.hex)
    for table, row in make_event_rows(change, derived, "{}", ORDER_KEY):
        assert row["id" if table in MAIN_TABLES else "event_id"] == EVENT_ID.hex
