"""Bulk saves of new events, rendered ahead of the transaction that inserts them.

The names of actors and profiles of sources in the rendered rows can change until then: the
transaction checks them, and saves the events one by one if they have changed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Table

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
from app.models.claims import claim_texts
from app.models.events import event_texts
from app.models.imports import source_rows
from app.record.content import ClaimContent, EventContent
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
from app.record.index import CHILD_TABLES, Row
from app.values.ids import compute_order_key
from app.values.row_encoding import PackedRows, pack_rows, unpack_rows
from app.values.timestamps import format_timestamp

TIME_COLUMNS = ("created_at", "updated_at")
_LATE_TIMES = {*TIME_COLUMNS, "at", "imported_at"}

# In the order in which they are loaded: a row follows the rows that it refers to.
_TABLES: tuple[Table, ...] = (*MAIN_TABLES, *CHILD_TABLES, *CLAIM_TABLES, changes, source_rows)


def _make_layout(table: Table) -> BulkLayout:
    """Return a layout with the columns that are only known in the transaction put last."""
    names = [column.name for column in table.columns]
    position = next((name for name in ("from_position", "position") if name in names), None)
    times = tuple(name for name in names if name in _LATE_TIMES)
    # A claim's text has its position as its rowid; an event's text has its order key.
    rowid = "rowid" if table is claim_texts else None
    text = "document" if "document" in names else ""
    late = {position, rowid, text, *times}
    packed = (*(name for name in names if name not in late), *([text] if text else []))
    ascending = "rowid" if table is event_texts else None
    return BulkLayout(table, packed, position, times, bool(text), rowid, ascending)


LAYOUTS: Mapping[str, BulkLayout] = {table.name: _make_layout(table) for table in _TABLES}

_PACKED_VALUES = {layout.table: itemgetter(*layout.packed) for layout in LAYOUTS.values()}


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One new event; `source_row` has the other columns of the row that it was imported from."""

    id: UUID
    content: EventContent
    claims: Mapping[UUID, ClaimContent]
    source_row: Mapping[str, Any]


class NewEventRows:
    """The packed rows of many new events."""

    def __init__(self, driver: str, by: str | None) -> None:
        self.rows: dict[str, list[PackedRow]] = {name: [] for name in LAYOUTS}
        self.changes = 0
        # One lookup for each row: the getter of its values, the packer, and the packed rows.
        self._tables: dict[Table, tuple[Callable[[Row], Any], PackRow, list[PackedRow]]] = {
            table: (_PACKED_VALUES[table], make_packer(layout, driver), self.rows[table.name])
            for table, layout in ((layout.table, layout) for layout in LAYOUTS.values())
        }
        self._by = by

    def add(self, event: NewEvent, context: SaveContext) -> tuple[int, int, int]:
        """Render an event; return its order key and the numbers of its first and last change."""
        info = RevisionInfo(event.id, 1, 0, 0)
        derived = derive_event(event.content, info, event.claims, context)
        change = self._add_change(event, "event", event.id)
        key = compute_order_key(derived.index.earliest_day, event.id)
        text = _encode_without_times(derived.document)
        self._pack_rows(change, make_event_rows(change, derived, text, key))
        for id, content in event.claims.items():
            self._add_claim(event, id, content)
        self._pack_rows(change, [(source_rows, {"event_id": change.id, **event.source_row})])
        return key, change.position, self.changes

    def pack_tables(self) -> dict[str, bytes]:
        """Return the packed rows of each table, ready to be sent; they are kept no longer."""
        return {name: pack_rows(self.rows.pop(name)) for name in LAYOUTS}

    def _pack_rows(self, change: RecordChange, table_rows: Iterable[tuple[Table, Row]]) -> None:
        tables, position = self._tables, change.position
        for table, row in table_rows:
            get_values, pack_row, rows = tables[table]
            rows.append(pack_row(get_values(row), position))

    def _add_change(self, event: NewEvent, kind: str, id: UUID) -> RecordChange:
        self.changes += 1
        dataset = event.content["dataset"]
        change = RecordChange(kind, "created", event.id.hex, id.hex, 1, dataset, self.changes)
        self._pack_rows(change, [make_feed_row(change, self._by, 0)])
        return change

    def _add_claim(self, event: NewEvent, id: UUID, content: ClaimContent) -> None:
        change = self._add_change(event, "claim", id)
        info = RevisionInfo(id, 1, 0, 0)
        text = _encode_without_times(make_claim_document(content, info, event.id))
        self._pack_rows(change, make_claim_rows(change, content, info, text))


def insert_new_events(
    write: Transaction, parcels: Mapping[str, PackedRows], changes: int, left_out: set[int]
) -> None:
    """Insert the packed rows of new events except those of the changes in `left_out`."""
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
    """Return the document without its times, its last two members, which the transaction adds."""
    for name in TIME_COLUMNS:
        del document[name]
    return encode_document(document)[:-1]
