"""Records whose row a release no longer has: told, and where it is mirrored removed."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, or_, select, update

from app.db.database import Database
from app.db.functions import any_of
from app.db.scratch import SeenIds
from app.db.statements import Statement
from app.db.types import RecordId
from app.db.writing import Write
from app.ingest.claim_rows import load_kept
from app.ingest.fold import fold, parts_of
from app.ingest.merge import NEVER_MERGED
from app.ingest.report import CONFLICT, WARNING, Finding
from app.ingest.resolve import Base, load_bases
from app.models.events import events
from app.models.imports import source_rows
from app.record.merged import winners_among
from app.record.stored import StoredEvent, load_events
from app.resources.events.service import delete_event
from app.values.callers import OPERATOR

LOOKED_AT = 5_000
"""Records of the dataset that are looked at together."""

Place = tuple[int, UUID]
"""A record's order key and id."""

GONE = "gone from this release; importing it with mirror removes the record"
REMOVED = "gone from this release: removed"
EDITED = "gone from this release, but an editor worked on the record: it stays"
UNSURE = "gone from this release; it stays, since rows were rejected and one of them may be its"


@dataclass(frozen=True, slots=True)
class GoneRow:
    """A record whose row is gone."""

    id: UUID
    external_id: str


async def find_gone(
    database: Database, dataset: str, format: str, seen: SeenIds, after: Place | None
) -> AsyncIterator[tuple[list[GoneRow], Place]]:
    """The records made of rows of the format that were not seen, some at a time.

    Begins after a place, and tells with each part the place that it comes to.
    """
    order_key, last = after or (-1, UUID(int=0))
    while True:
        values = {"dataset": dataset, "order_key": order_key, "last": last}
        rows = await database.fetch(_RECORDS, values)
        if not rows:
            return
        names: dict[UUID, str] = {id: external_id for id, _, external_id in rows}
        made = await database.fetch(_MADE, {"ids": seen.absent(names), "format": format})
        order_key, last = rows[-1][1], rows[-1][0]
        yield [GoneRow(id, names[id]) for (id,) in made], (order_key, last)


def remove_gone(write: Write, rows: Sequence[GoneRow]) -> list[Finding]:
    """Remove the records that nobody but the provider made what they are, and tell of each."""
    ids = [row.id for row in rows]
    stored = load_events(write.connection, ids)
    bases, kept = load_bases(write, ids), load_kept(write, ids)
    merged = winners_among(write.connection, ids)
    findings = []
    for row in rows:
        event = stored.get(row.id)
        if event is None:
            continue
        others = [each.part for each in kept.get(row.id, []) if not each.is_waiting]
        if row.id in merged or _is_edited(event, bases[row.id], others):
            findings.append(Finding(CONFLICT, None, None, row.external_id, EDITED))
            continue
        delete_event(write, OPERATOR, row.id, None)
        write.connection.execute(_REMOVED, {"of": row.id, "stood": event.revision})
        findings.append(Finding(WARNING, None, None, row.external_id, REMOVED))
    return findings


def tell_gone(rows: Sequence[GoneRow], reason: str) -> list[Finding]:
    """A warning for each."""
    return [Finding(WARNING, None, None, row.external_id, reason) for row in rows]


def _is_edited(event: StoredEvent, base: Base, others: list[Any]) -> bool:
    held: Any = event.content
    if any(held[name] != base["event"].get(name) for name in held if name not in NEVER_MERGED):
        return True
    provided = fold([*parts_of(base["claims"]), *others])
    return {claim.id: claim.content for claim in event.claims} != provided


_RECORDS = Statement(
    select(events.c.id, events.c.order_key, events.c.external_id)
    .where(
        events.c.dataset == bindparam("dataset", required=True),
        events.c.external_id.is_not(None),
        events.c.order_key >= bindparam("order_key", type_=BigInteger, required=True),
        or_(
            events.c.order_key > bindparam("order_key", type_=BigInteger, required=True),
            events.c.id > bindparam("last", type_=RecordId, required=True),
        ),
    )
    .order_by(events.c.order_key, events.c.id)
    .limit(LOOKED_AT)
)
_MADE = Statement(
    select(source_rows.c.event_id)
    .where(any_of(source_rows.c.event_id, "ids"))
    .where(source_rows.c.format == bindparam("format", required=True))
    .order_by(source_rows.c.event_id)
)
_REMOVED = (
    update(source_rows)
    .where(source_rows.c.event_id == bindparam("of", type_=RecordId()))
    .values(removed_revision=bindparam("stood"))
)
