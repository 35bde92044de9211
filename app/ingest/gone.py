"""Records whose row a release no longer has: told, and where it is mirrored removed."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
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
from app.models.merges import merged_events
from app.record.merged import winners_among
from app.record.stored import StoredEvent, load_events
from app.resources.events.service import delete_event
from app.values.callers import OPERATOR

LOOKED_AT = 5_000
"""Records of the dataset that are looked at together."""

Place = tuple[int, UUID]
"""A record's order key and id."""

MERGED_AWAY: Place = (2**63 - 1, UUID(int=0))
"""Behind every record that stands: where those begin that were merged away, by their ids alone."""

GONE = "gone from this release; importing it with mirror removes the record"
REMOVED = "gone from this release: removed"
EDITED = "gone from this release, but an editor worked on the record: it stays"
UNSURE = "gone from this release; it stays, since rows were rejected and one of them may be its"
MERGED = "gone from this release, but the record was merged into {}: it stays behind that"


@dataclass(frozen=True, slots=True)
class GoneRow:
    """A record whose row is gone, and the one that stands for it if it was merged away."""

    id: UUID
    external_id: str
    winner: UUID | None = None


async def find_gone(
    database: Database, dataset: str, format: str, seen: SeenIds, after: Place | None
) -> AsyncIterator[tuple[list[GoneRow], Place]]:
    """The records made of rows of the format that were not seen, some at a time.

    Begins after a place, and tells with each part the place that it comes to.
    """
    order_key, last = after or (-1, UUID(int=0))
    while (order_key, last) < MERGED_AWAY:
        values = {"dataset": dataset, "order_key": order_key, "last": last}
        rows = await database.fetch(_RECORDS, values)
        if not rows:
            order_key, last = MERGED_AWAY
            break
        names: dict[UUID, str] = {id: external_id for id, _, external_id in rows}
        made = await database.fetch(_MADE, {"ids": seen.absent(names), "format": format})
        order_key, last = rows[-1][1], rows[-1][0]
        yield [GoneRow(id, names[id]) for (id,) in made], (order_key, last)
    of_rows = {"dataset": dataset, "format": format}
    while rows := await database.fetch(_MERGED, {**of_rows, "last": last}):
        merged = {id: (winner, mapped) for id, winner, mapped in rows}
        last = rows[-1][0]
        yield [_merged_row(id, *merged[id]) for id in seen.absent(merged)], (order_key, last)


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
            findings += tell_merged([row])
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
    """A warning for each that stands, and for each that was merged away."""
    standing = [row for row in rows if row.winner is None]
    told = [Finding(WARNING, None, None, row.external_id, reason) for row in standing]
    return told + tell_merged(rows)


def tell_merged(rows: Sequence[GoneRow]) -> list[Finding]:
    """A warning for each that was merged away, which is never removed."""
    return [
        Finding(WARNING, None, None, row.external_id, MERGED.format(row.winner))
        for row in rows
        if row.winner is not None
    ]


def _merged_row(id: UUID, winner: UUID, mapped: str) -> GoneRow:
    return GoneRow(id, orjson.loads(mapped)["event"]["external_id"], winner)


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
_MERGED = Statement(
    select(merged_events.c.event_id, merged_events.c.winner_id, source_rows.c.mapped)
    .join(source_rows, source_rows.c.event_id == merged_events.c.event_id)
    .join(events, events.c.id == merged_events.c.winner_id)
    .where(
        merged_events.c.dataset == bindparam("dataset", required=True),
        source_rows.c.format == bindparam("format", required=True),
        merged_events.c.event_id > bindparam("last", type_=RecordId, required=True),
    )
    .order_by(merged_events.c.event_id)
    .limit(LOOKED_AT)
)
_REMOVED = (
    update(source_rows)
    .where(source_rows.c.event_id == bindparam("of", type_=RecordId()))
    .values(removed_revision=bindparam("stood"))
)
