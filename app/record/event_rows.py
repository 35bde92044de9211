"""The rows of an event and of its claims, the same for a single save and for a bulk load.

Pure: ids, positions, and times are given. A single save gives those of its transaction; a bulk load
packs rows before its transaction begins, with ids as hexadecimal digits and with positions that
count from the first change of its batch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Table

from app.models.changes import changes
from app.models.claims import claim_texts, claims
from app.models.events import event_documents, events
from app.record.content import ClaimContent, EventContent
from app.record.document import RENDERING_VERSION, RevisionInfo, make_event_document
from app.record.index import (
    CHILD_TABLES,
    IndexRows,
    Row,
    index_event,
    make_claim_columns,
    make_claim_text,
)
from app.record.known_by import compute_first_made_day, derive_known_statuses
from app.record.verification import (
    ClaimStatement,
    SourceProfile,
    make_claim_statement,
    verify_event,
)

MAIN_TABLES: tuple[Table, ...] = (events, event_documents)
"""The tables with exactly one row for each event."""

CLAIM_TABLES: tuple[Table, ...] = (claims, claim_texts)

ORDER_KEY_COLUMNS: Mapping[Table, str] = {
    table: "order_key" if "order_key" in table.c else "rowid" for table in CHILD_TABLES
}
"""The column of each child table that holds the event's order key."""


class RecordChange(NamedTuple):
    """One change of an event or of one of its claims; both ids have the form that rows need."""

    kind: str
    operation: str
    event_id: Any
    id: Any
    revision: int
    dataset: str
    position: int


@dataclass(frozen=True, slots=True)
class SaveContext:
    """The names of actors and the profiles of sources that an event is derived from."""

    names: Mapping[str, str]
    profiles: Mapping[str, SourceProfile]


@dataclass(frozen=True, slots=True)
class DerivedEvent:
    """The document and the index rows that follow from an event's content and its claims."""

    info: RevisionInfo
    document: dict[str, Any]
    index: IndexRows


def derive_event(
    content: EventContent,
    info: RevisionInfo,
    claim_contents: Mapping[UUID, ClaimContent],
    context: SaveContext,
) -> DerivedEvent:
    """Verify an event by its claims, and derive its document and index rows."""
    statements = make_statements(claim_contents, context.profiles)
    participants = content["participants"]
    verdict = verify_event(statements, participants, content["verification_override"])
    first_made_day = compute_first_made_day(statements)
    document = make_event_document(content, info, verdict, first_made_day, context.names)
    known = derive_known_statuses(statements, participants)
    return DerivedEvent(info, document, index_event(document, statements, known))


def derive_index(
    document: dict[str, Any],
    claim_contents: Mapping[UUID, ClaimContent],
    profiles: Mapping[str, SourceProfile],
) -> IndexRows:
    """Derive the index rows of an event whose document exists."""
    statements = make_statements(claim_contents, profiles)
    known = derive_known_statuses(statements, document["participants"])
    return index_event(document, statements, known)


def make_statements(
    claim_contents: Mapping[UUID, ClaimContent], profiles: Mapping[str, SourceProfile]
) -> list[ClaimStatement]:
    """Return the claims as the verification rule needs them."""
    return [
        make_claim_statement(claim_id.hex, content, profiles)
        for claim_id, content in claim_contents.items()
    ]


def make_event_rows(
    change: RecordChange, event: DerivedEvent, text: str, order_key: int
) -> list[tuple[Table, Row]]:
    """Return the rows of an event; `text` is its encoded document."""
    position = change.position
    main_row = {
        "id": change.id,
        "order_key": order_key,
        "from_position": position,
        "created_at": event.info.created_at,
        "updated_at": event.info.updated_at,
        **event.index.event,
    }
    document_row = {
        "id": change.id,
        "dataset": change.dataset,
        "revision": change.revision,
        "rendering": RENDERING_VERSION,
        "document": text,
        "from_position": position,
    }
    child_rows = [
        (
            table,
            {
                **row,
                "event_id": change.id,
                ORDER_KEY_COLUMNS[table]: order_key,
                "from_position": position,
            },
        )
        for table, rows in event.index.children.items()
        for row in rows
    ]
    return [(events, main_row), (event_documents, document_row), *child_rows]


def make_claim_rows(
    change: RecordChange, content: ClaimContent, info: RevisionInfo, text: str
) -> list[tuple[Table, Row]]:
    """Return the rows of a claim; `text` is its encoded document."""
    key = {"event_id": change.event_id, "id": change.id, "from_position": change.position}
    claim_row = {
        **key,
        "created_at": info.created_at,
        "updated_at": info.updated_at,
        "revision": change.revision,
        "dataset": change.dataset,
        "document": text,
        **make_claim_columns(content),
    }
    text_row = {**key, "rowid": change.position, **make_claim_text(content)}
    return [(claims, claim_row), (claim_texts, text_row)]


def make_feed_row(change: RecordChange, by: str | None, at: int) -> tuple[Table, Row]:
    """Return the row of a change in the feed; `at` is in microseconds since the epoch."""
    return (
        changes,
        {
            "event_id": change.event_id,
            "position": change.position,
            "id": change.id,
            "at": at,
            "kind": change.kind,
            "operation": change.operation,
            "revision": change.revision,
            "slug": None,
            "dataset": change.dataset,
            "to_dataset": None,
            "by": by,
        },
    )
