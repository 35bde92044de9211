"""Events that are new: rendered ahead of their transaction, and loaded as they are.

What the rendering rests on, names of actors and facts of sources, can change until then: whoever
loads the rows checks it in the transaction, and saves the events the other way if it has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from uuid import UUID

from app.db.bulk_insert import Layout, Moment, Pack, Packed, load_packed, packer, prepare_load
from app.db.transaction import Write
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
from app.record.claim_statements import SourceFacts, claim_columns, claim_text, statement_of
from app.record.content import ClaimContent, EventContent
from app.record.document import RENDERING, Stamp, claim_document, encode, event_document
from app.record.index import index_event
from app.record.known_by import first_made_day, knowledge
from app.record.verification import judge
from app.values.ids import order_key
from app.values.row_encoding import Parcel, opened, parcel
from app.values.timestamps import instant_text

TIMES = ("created_at", "updated_at")


def _layout(
    table: Any,
    *late: str,
    position: str | None = "from_position",
    text: str = "",
    rowid: str | None = None,
    ascending: str | None = None,
) -> Layout:
    """All columns of a table, the late ones and a text without its end in their places.

    `rowid` and `ascending` are what `Layout` says.
    """
    apart = {*late, position, text, rowid}
    left = [column.name for column in table.columns if column.name not in apart]
    packed = (*left, *([text] if text else []))
    return Layout(table, packed, position, late, bool(text), rowid, ascending)


# In the order in which they are loaded: what is referred to comes first.
LAYOUTS: Mapping[str, Layout] = {
    "events": _layout(events, *TIMES),
    "documents": _layout(event_documents, text="document"),
    "participants": _layout(participants),
    "terms": _layout(event_terms),
    "texts": _layout(event_texts, ascending="rowid"),
    "claims": _layout(claims, *TIMES, text="document"),
    "claim_texts": _layout(claim_texts, rowid="rowid"),
    "known": _layout(known_statuses),
    "changes": _layout(changes, "at", position="position"),
    "source_rows": _layout(source_rows, "imported_at", position=None),
}


_VALUES = {name: itemgetter(*layout.packed) for name, layout in LAYOUTS.items()}


@dataclass(frozen=True, slots=True)
class FreshEvent:
    """One event that is new; `source_row` has the other columns of the row it was made of."""

    id: UUID
    content: EventContent
    claims: Mapping[UUID, ClaimContent]
    source_row: Mapping[str, Any]


class FreshRows:
    """The packed rows of many new events."""

    def __init__(self, driver: str, by: str | None) -> None:
        self.rows: dict[str, list[Packed]] = {name: [] for name in LAYOUTS}
        self.changes = 0
        self._packers: dict[str, Pack] = {
            name: packer(layout, driver) for name, layout in LAYOUTS.items()
        }
        self._by = by

    def add(
        self, event: FreshEvent, names: Mapping[str, str], facts: Mapping[str, SourceFacts]
    ) -> tuple[int, int, int]:
        """Render an event; its order key, and its changes from the first up to the last."""
        content, digits = event.content, event.id.hex
        change = self._announce(event, digits, "event", digits)
        contents = event.claims
        statements = [statement_of(id.hex, claim, facts) for id, claim in contents.items()]
        verdict = judge(statements, content["participants"], content["verification_override"])
        stamp = Stamp(event.id, 1, 0, 0)
        document = event_document(content, stamp, verdict, first_made_day(statements), names)
        known = knowledge(statements, content["participants"])
        index = index_event(document, statements, known)
        key = order_key(index.earliest_day, event.id)
        self._add("events", change, {"id": digits, "order_key": key, **index.event})
        for name, rows in (
            ("participants", index.participants),
            ("terms", index.terms),
            ("known", index.known),
        ):
            for row in rows:
                row["event_id"], row["order_key"] = digits, key
                self._add(name, change, row)
        self._add("texts", change, {"event_id": digits, "rowid": key, "words": index.words})
        self._add_document(event, digits, document, change)
        for id, claim in contents.items():
            self._add_claim(event, digits, id, claim)
        self._add("source_rows", change, {"event_id": digits, **event.source_row})
        return key, change, self.changes

    def parcels(self) -> dict[str, bytes]:
        """The rows of each table, ready to be sent; what is sent is not kept."""
        return {name: parcel(self.rows.pop(name)) for name in LAYOUTS}

    def _add(self, name: str, change: int, row: Mapping[str, Any]) -> None:
        try:
            values = _VALUES[name](row)
        except KeyError:
            values = [row.get(column) for column in LAYOUTS[name].packed]
        self.rows[name].append(self._packers[name](values, change))

    def _announce(self, event: FreshEvent, digits: str, kind: str, id: str) -> int:
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
        self._add("changes", self.changes, row)
        return self.changes

    def _add_document(
        self, event: FreshEvent, digits: str, document: dict[str, Any], change: int
    ) -> None:
        row = {
            "id": digits,
            "dataset": event.content["dataset"],
            "revision": 1,
            "rendering": RENDERING,
            "document": _without_times(document),
        }
        self._add("documents", change, row)

    def _add_claim(self, event: FreshEvent, digits: str, id: UUID, claim: ClaimContent) -> None:
        named = {"event_id": digits, "id": id.hex}
        change = self._announce(event, digits, "claim", named["id"])
        document = claim_document(claim, Stamp(id, 1, 0, 0), event.id)
        row = {
            **named,
            "revision": 1,
            "dataset": event.content["dataset"],
            "document": _without_times(document),
            **claim_columns(claim),
        }
        self._add("claims", change, row)
        self._add("claim_texts", change, {**named, **claim_text(claim)})


def load_fresh(
    write: Write, parcels: Mapping[str, Parcel], changes: int, left_out: set[int]
) -> None:
    """Load the parcels of new events but for the rows of the changes left out."""
    base = write.reserve_positions(changes)
    stamp = instant_text(write.at)
    moment = Moment(base, write.at, f',"created_at":"{stamp}","updated_at":"{stamp}"}}')
    prepare_load(write.connection)
    for name, layout in LAYOUTS.items():
        kept = opened(parcels[name])
        if left_out:
            kept = [packed for packed in kept if packed[1] not in left_out]
        load_packed(write.connection, layout, kept, moment)


def _without_times(document: dict[str, Any]) -> str:
    """A document up to its two instants, which are its last keys and come with the transaction."""
    for name in TIMES:
        del document[name]
    return encode(document)[:-1]
