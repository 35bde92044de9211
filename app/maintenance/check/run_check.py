"""Finding every document, past or index row that disagrees with what it was made from.

Everything is read as of one moment, some hundred events at a time, so that neither the size of
the database nor those who write meanwhile matter.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Select, bindparam, func, select

from app.maintenance.check.check_events import check_events
from app.maintenance.check.check_feed import check_feed, check_source_rows
from app.maintenance.check.check_findings import Finding
from app.maintenance.check.check_merges import check_merged, check_merges
from app.maintenance.check.check_past import check_past
from app.maintenance.check.check_reference_records import check_named, check_slugged
from app.models.changes import changes
from app.models.claims import claim_texts
from app.models.events import event_documents, event_texts
from app.models.merges import merged_events
from app.models.schema import metadata

BATCH = 500

Tell = Callable[[int, int], None]


def check_records(connection: Connection, tell: Tell) -> Iterator[Finding]:
    """Whatever disagrees; `tell` hears how many events are done, and of how many."""
    yield from check_feed(connection)
    yield from check_slugged(connection)
    yield from check_named(connection)
    yield from check_merges(connection)
    total = connection.scalar(select(func.count()).select_from(event_documents)) or 0
    done = 0
    for ids in _all_ids(connection):
        yield from check_events(connection, ids)
        yield from check_past(connection, ids)
        yield from check_merged(connection, ids)
        yield from check_source_rows(connection, ids)
        done += len(ids)
        tell(done, max(total, done))


def _all_ids(connection: Connection) -> Iterator[Sequence[UUID]]:
    """The ids of all events that any table knows, in order."""
    after = UUID(int=0)
    while True:
        found: set[UUID] = set()
        for wanted in _NEXT_IDS:
            found.update(connection.scalars(wanted, {"after": after}))
        if not found:
            return
        ids = sorted(found)[:BATCH]
        yield ids
        after = ids[-1]


def _next_ids(column: Column[Any]) -> Select[tuple[UUID]]:
    after = column > bindparam("after", type_=column.type)
    of_events = [changes.c.slug.is_(None)] if column.table is changes else []
    found = select(column).where(after, *of_events)
    return found.distinct().order_by(column).limit(BATCH)


# FTS5 has no index by which to walk the events of its texts: `check_feed` looks for strays.
_OF_EVENTS = [
    table.c[str(table.info["placement"]).removeprefix("hash:")]
    for table in metadata.sorted_tables
    if str(table.info["placement"]).startswith("hash:") and table not in (event_texts, claim_texts)
]
_NEXT_IDS = [_next_ids(column) for column in (*_OF_EVENTS, merged_events.c.event_id)]
