"""Events that are new: rendered ahead of their transaction, and loaded as they are.

What the rendering rests on, names of actors and facts of sources, can change until then: whoever
loads the rows checks it in the transaction, and saves the events the other way if it has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from uuid import UUID

from app.db.bulk_insert import (
    BulkLayout,
    CommitPoint,
    PackedRow,
    PackRow,
    load_packed,
    make_packer,
    prepare_load,
)
from app.db.transaction import Transaction
from app.models.changes import changes
from app.models.claims import claim_texts, claims
from app.models.events import (
    event_documents,
    event_terms,
    event_texts,
    events,
    known_statuses,
    participants,
)
from app.models.imports import source_rows
from app.record.content import ClaimContent, EventContent
from app.record.document import (
    RENDERING_VERSION,
    RevisionInfo,
    encode_document,
    make_claim_document,
    make_event_document,
)
from app.record.index import index_event, make_claim_columns, make_claim_text
from app.record.known_by import compute_first_made_day, derive_known_statuses
from app.record.verification import SourceProfile, make_claim_statement, verify_event
from app.values.ids import compute_order_key
from app.values.row_encoding import PackedRows, pack_rows, unpack_rows
from app.values.timestamps import format_timestamp

TIME_COLUMNS = ("created_at", "updated_at")


def _make_layout(
    table: Any,
    *late: str,
    position: str | None = "from_position",
    text: str = "",
    rowid: str | None = None,
    ascending: str | None = None,
) -> BulkLayout:
    """All columns of a table, the late ones and a text without its end in their places.

    `rowid` and `ascending` are what `Layout` says.
    """
    apart = {*late, position, text, rowid}
    left = [column.name for column in table.columns if column.name not in apart]
    packed = (*left, *([text] if text else []))
    return BulkLayout(table, packed, position, late, bool(text), rowid, ascending)


# In the order in which they are loaded: what is referred to comes first.
LAYOUTS: Mapping[str, BulkLayout] = {
    "events": _make_layout(events, *TIME_COLUMNS),
    "documents": _make_layout(event_documents, text="document"),
    "participants": _make_layout(participants),
    "terms": _make_layout(event_terms),
    "texts": _make_layout(event_texts, ascending="rowid"),
    "claims": _make_layout(claims, *TIME_COLUMNS, text="document"),
    "claim_texts": _make_layout(claim_texts, rowid="rowid"),
    "known": _make_layout(known_statuses),
    "changes": _make_layout(changes, "at", position="position"),
    "source_rows": _make_layout(source_rows, "imported_at", position=None),
}


_PACKED_VALUES = {name: itemgetter(*layout.packed) for name, layout in LAYOUTS.items()}


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One event that is new; `source_row` has the other columns of the row it was made of."""

    id: UUID
    content: EventContent
    claims: Mapping[UUID, ClaimContent]
    source_row: Mapping[str, Any]


class NewEventRows:
    """The packed rows of many new events."""

    def __init__(self, driver: str, by: str | None) -> None:
        self.rows: dict[str, list[PackedRow]] = {name: [] for name in LAYOUTS}
        self.changes = 0
        self._packers: dict[str, PackRow] = {
            name: make_packer(layout, driver) for name, layout in LAYOUTS.items()
        }
        self._by = by

    def add(
        self, event: NewEvent, names: Mapping[str, str], facts: Mapping[str, SourceProfile]
    ) -> tuple[int, int, int]:
        """Render an event; its order key, and its changes from the first up to the last."""
        content, digits = event.content, event.id.hex
        change = self._add_change(event, digits, "event", digits)
        contents = event.claims
        statements = [make_claim_statement(id.hex, claim, facts) for id, claim in contents.items()]
        verdict = verify_event(
            statements, content["participants"], content["verification_override"]
        )
        stamp = RevisionInfo(event.id, 1, 0, 0)
        document = make_event_document(
            content, stamp, verdict, compute_first_made_day(statements), names
        )
        known = derive_known_statuses(statements, content["participants"])
        index = index_event(document, statements, known)
        key = compute_order_key(index.earliest_day, event.id)
        self._pack_row("events", change, {"id": digits, "order_key": key, **index.event})
        for name, rows in (
            ("participants", index.participants),
            ("terms", index.terms),
            ("known", index.known),
        ):
            for row in rows:
                row["event_id"], row["order_key"] = digits, key
                self._pack_row(name, change, row)
        self._pack_row("texts", change, {"event_id": digits, "rowid": key, "words": index.words})
        self._add_document(event, digits, document, change)
        for id, claim in contents.items():
            self._add_claim(event, digits, id, claim)
        self._pack_row("source_rows", change, {"event_id": digits, **event.source_row})
        return key, change, self.changes

    def parcels(self) -> dict[str, bytes]:
        """The rows of each table, ready to be sent; what is sent is not kept."""
        return {name: pack_rows(self.rows.pop(name)) for name in LAYOUTS}

    def _pack_row(self, name: str, change: int, row: Mapping[str, Any]) -> None:
        try:
            values = _PACKED_VALUES[name](row)
        except KeyError:
            values = [row.get(column) for column in LAYOUTS[name].packed]
        self.rows[name].append(self._packers[name](values, change))

    def _add_change(self, event: NewEvent, digits: str, kind: str, id: str) -> int:
        self.changes += 1
        row = {
            "event_id": digits,
            "id": id,
            "revision": 1,
            "kind": kind,
            "operation": "created",
            "slug": None,
            "dataset": event.content["dataset"],
            "to_dataset": None,
            "by": self._by,
        }
        self._pack_row("changes", self.changes, row)
        return self.changes

    def _add_document(
        self, event: NewEvent, digits: str, document: dict[str, Any], change: int
    ) -> None:
        row = {
            "id": digits,
            "dataset": event.content["dataset"],
            "revision": 1,
            "rendering": RENDERING_VERSION,
            "document": _encode_without_times(document),
        }
        self._pack_row("documents", change, row)

    def _add_claim(self, event: NewEvent, digits: str, id: UUID, claim: ClaimContent) -> None:
        named = {"event_id": digits, "id": id.hex}
        change = self._add_change(event, digits, "claim", named["id"])
        document = make_claim_document(claim, RevisionInfo(id, 1, 0, 0), event.id)
        row = {
            **named,
            "revision": 1,
            "dataset": event.content["dataset"],
            "document": _encode_without_times(document),
            **make_claim_columns(claim),
        }
        self._pack_row("claims", change, row)
        self._pack_row("claim_texts", change, {**named, **make_claim_text(claim)})


def insert_new_events(
    write: Transaction, parcels: Mapping[str, PackedRows], changes: int, left_out: set[int]
) -> None:
    """Load the parcels of new events but for the rows of the changes left out."""
    base = write.reserve_positions(changes)
    stamp = format_timestamp(write.at)
    moment = CommitPoint(base, write.at, f',"created_at":"{stamp}","updated_at":"{stamp}"}}')
    prepare_load(write.connection)
    for name, layout in LAYOUTS.items():
        kept = unpack_rows(parcels[name])
        if left_out:
            kept = [packed for packed in kept if packed[1] not in left_out]
        load_packed(write.connection, layout, kept, moment)


def _encode_without_times(document: dict[str, Any]) -> str:
    """A document up to its two instants, which are its last keys and come with the transaction."""
    for name in TIME_COLUMNS:
        del document[name]
    return encode_document(document)[:-1]
