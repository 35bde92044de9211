"""The check of source rows and of the feed's counters."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select

from app.db.sql.feed_sql import first_unstarted_position
from app.maintenance.check.check_findings import (
    CheckFinding,
    join_names,
    list_differing_columns,
    load_rows,
)
from app.models.changes import changes
from app.models.events import event_documents, event_texts, events, past_event_documents
from app.models.imports import PURGED_ROW, claim_rows, source_rows
from app.record.document import decode_document


def check_source_rows(connection: Connection, ids: Sequence[UUID]) -> Iterator[CheckFinding]:
    """Check that the original rows of these events have the right dataset and hash."""
    documents = [load_rows(connection, table, "id", ids) for table in _DOCUMENTS]
    for event_id, rows in load_rows(connection, source_rows, "event_id", ids).items():
        of_datasets = {row.dataset for found in documents for row in found.get(event_id, ())}
        for row in rows:
            if of_datasets != {row.dataset}:
                what = "belongs to another dataset than its event, or to no event"
                yield CheckFinding("source-row", str(event_id), what)
            if row.row != PURGED_ROW and _hash_row(row.row) != row.row_hash:
                yield CheckFinding("source-row", str(event_id), "its hash is not that of its row")
    for event_id, rows in load_rows(connection, claim_rows, "event_id", ids).items():
        of_datasets = {row.dataset for found in documents for row in found.get(event_id, ())}
        for row in rows:
            for what in _check_claim_row(row, of_datasets):
                yield CheckFinding("claim-row", f"{event_id} {row.row_hash}", what)


def check_feed(connection: Connection) -> Iterator[CheckFinding]:
    """Check the counters of the feed, and what checking event by event cannot find."""
    last, bound = connection.execute(_BOUNDS).one()
    if last is not None and last >= bound:
        yield CheckFinding("feed", "position", "a change lies beyond the number of transactions")
    for (position,) in connection.execute(_DUPLICATE_POSITIONS):
        yield CheckFinding("feed", str(position), "two changes have this position")
    for (key,) in connection.execute(_DUPLICATE_ORDER_KEYS):
        yield CheckFinding("event", str(key), "two events have this order key")
    for (event_id,) in connection.execute(_STRAY_TEXTS):
        yield CheckFinding("event", str(event_id), "has searchable words, but is not current")


def _check_claim_row(row: Row[Any], of_datasets: set[str]) -> Iterator[str]:
    if of_datasets - {row.dataset}:
        yield "belongs to another dataset than its event"
    if not of_datasets and not row.is_waiting:
        yield "is not pending, and has no event"
    if _hash_row(row.row) != row.row_hash:
        yield "its hash is not that of its row"
    claim = decode_document(row.mapped)
    others = list_differing_columns({name: claim.get(name) for name in ("source", "origin")}, row)
    if others:
        yield f"its row disagrees in {join_names(others)}"


def _hash_row(row: str) -> str:
    return blake2b(row.encode(), digest_size=16).hexdigest()


_DOCUMENTS = (event_documents, past_event_documents)
_BOUNDS = select(select(func.max(changes.c.position)).scalar_subquery(), first_unstarted_position())
_DUPLICATE_POSITIONS = (
    select(changes.c.position).group_by(changes.c.position).having(func.count() > 1)
)
_DUPLICATE_ORDER_KEYS = (
    select(events.c.order_key).group_by(events.c.order_key).having(func.count() > 1)
)
_STRAY_TEXTS = (
    select(event_texts.c.event_id)
    .outerjoin(
        events,
        (events.c.id == event_texts.c.event_id) & (events.c.order_key == event_texts.c.rowid),
    )
    .where(events.c.id.is_(None))
)
