"""The check of all records: documents, past and index rows must agree with their sources.

Everything is read in one snapshot, some hundred events at a time, so that neither the size of the
database nor concurrent writers matter.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Select, bindparam, func, select

from app.maintenance.check.check_events import check_events
from app.maintenance.check.check_feed import check_feed, check_source_rows
from app.maintenance.check.check_findings import CheckFinding
from app.maintenance.check.check_merges import check_merged_events, check_merges
from app.maintenance.check.check_past import check_past
from app.maintenance.check.check_reference_records import (
    check_reference_records,
    check_referenced_slugs,
)
from app.models.changes import changes
from app.models.claims import claim_texts
from app.models.events import event_documents, event_texts
from app.models.merges import merged_events
from app.models.schema import metadata

EVENTS_PER_BATCH = 500

ReportProgress = Callable[[int, int], None]


def check_records(connection: Connection, tell: ReportProgress) -> Iterator[CheckFinding]:
    """Yield all disagreements; call `tell` with the number of events done and their total."""
    yield from check_feed(connection)
    yield from check_reference_records(connection)
    yield from check_referenced_slugs(connection)
    yield from check_merges(connection)
    total = connection.scalar(select(func.count()).select_from(event_documents)) or 0
    done = 0
    for ids in _fetch_event_ids(connection):
        yield from check_events(connection, ids)
        yield from check_past(connection, ids)
        yield from check_merged_events(connection, ids)
        yield from check_source_rows(connection, ids)
        done += len(ids)
        tell(done, max(total, done))


def _fetch_event_ids(connection: Connection) -> Iterator[Sequence[UUID]]:
    """Yield the ids of all events in any table, in order."""
    after = UUID(int=0)
    while True:
        found: set[UUID] = set()
        for wanted in _NEXT_IDS:
            found.update(connection.scalars(wanted, {"after": after}))
        if not found:
            return
        ids = sorted(found)[:EVENTS_PER_BATCH]
        yield ids
        after = ids[-1]


def _select_next_ids(column: Column[Any]) -> Select[tuple[UUID]]:
    after = column > bindparam("after", type_=column.type)
    of_events = [changes.c.slug.is_(None)] if column.table is changes else []
    found = select(column).where(after, *of_events)
    return found.distinct().order_by(column).limit(EVENTS_PER_BATCH)


# FTS5 has no index on the events of its texts: `check_feed` finds texts without an event.
_EVENT_ID_COLUMNS = [
    table.c[str(table.info["placement"]).removeprefix("hash:")]
    for table in metadata.sorted_tables
    if str(table.info["placement"]).startswith("hash:") and table not in (event_texts, claim_texts)
]
_NEXT_IDS = [_select_next_ids(column) for column in (*_EVENT_ID_COLUMNS, merged_events.c.event_id)]
