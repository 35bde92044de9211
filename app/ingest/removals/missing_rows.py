"""Records whose row is missing from a newer file, within the part of the dataset that it covers."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, bindparam, or_, select, update

from app.db.database import Database
from app.db.sql.array_sql import any_of
from app.db.statements import Statement
from app.db.transaction import Transaction
from app.db.types import RecordId
from app.ingest.coverage import Coverage
from app.ingest.mapping.claim_folding import fold_claims, make_claim_parts
from app.ingest.mapping.merged_names import MergeBase
from app.ingest.report import CONFLICT, WARNING, RowFinding
from app.ingest.row_parsing.seen_ids import SeenIds
from app.ingest.writing.pending_claims import load_claim_rows
from app.ingest.writing.stored_rows import load_merge_bases
from app.ingest.writing.three_way_merge import NEVER_MERGED
from app.models.events import events
from app.models.imports import source_rows
from app.models.merges import merged_events
from app.record.load import StoredEvent, load_events
from app.record.merged_events import find_winners
from app.resources.events.service import delete_event
from app.values.caller import OPERATOR
from app.values.dates import OPEN_END, OPEN_START
from app.values.ids import compute_day_floor

RECORDS_PER_PAGE = 5_000
"""Records of the dataset read per query."""

ROW_MISSING = "gone from this release; importing it with mirror removes the record"
RECORD_REMOVED = "gone from this release: removed"
AWAITS_CONFIRMATION = "gone from this release; it stays until its removal is confirmed"
EDITED_STAYS = "gone from this release, but an editor changed the record: it stays"
REJECTIONS_UNSURE = "gone from this release; it stays, since its row may be among the rejected ones"
MERGED_STAYS = "gone from this release, but the record was merged into {}: it stays part of that"


@dataclass(frozen=True, slots=True)
class MissingRow:
    """A record whose row is missing, in its current state.

    It can be removed at `revision`. Without a revision, an editor has changed it, or it was merged
    into `winner`.
    """

    id: UUID
    external_id: str
    winner: UUID | None = None
    revision: int | None = None

    def pack(self) -> str:
        """Return the row as text."""
        winner = self.winner and str(self.winner)
        return orjson.dumps([str(self.id), self.external_id, winner, self.revision]).decode()

    def make_finding(self, reason: str) -> RowFinding:
        """Return a finding with this reason, or with the one that keeps the record."""
        if self.winner is not None:
            return RowFinding(
                WARNING, None, None, self.external_id, MERGED_STAYS.format(self.winner)
            )
        if self.revision is None:
            return RowFinding(CONFLICT, None, None, self.external_id, EDITED_STAYS)
        return RowFinding(WARNING, None, None, self.external_id, reason)


def unpack_missing_row(text: str) -> MissingRow:
    """Return the row from its text."""
    id, external_id, winner, revision = orjson.loads(text)
    return MissingRow(UUID(id), external_id, winner and UUID(winner), revision)


ALL_TIME = Coverage(OPEN_START, OPEN_END)


async def find_missing_rows(
    database: Database, dataset: str, format: str, seen: SeenIds, coverage: Coverage | None
) -> AsyncIterator[list[MissingRow]]:
    """Yield batches of covered records, imported in this format, whose rows were not seen."""
    covered = coverage or ALL_TIME
    until_key = compute_day_floor(min(covered.last_day + 1, OPEN_END))
    order_key, last = compute_day_floor(covered.first_day), UUID(int=0)
    values = {"dataset": dataset, "format": format, "until_key": until_key}
    while rows := await database.fetch(
        _DATASET_RECORDS, {**values, "order_key": order_key, "last": last}
    ):
        order_key, last = rows[-1][1], rows[-1][0]
        absent = seen.absent(id for id, _ in rows)
        made = (
            await database.fetch(_IMPORTED_ROWS, {"ids": absent, "format": format})
            if absent
            else []
        )
        yield _make_missing_rows([(id, mapped, None) for id, mapped in made], coverage)
    last = UUID(int=0)
    while found := await database.fetch(
        _MERGED_RECORDS, {"dataset": dataset, "format": format, "last": last}
    ):
        last = found[-1][0]
        absent_ids = set(seen.absent(id for id, *_ in found))
        merged = [(id, mapped, winner) for id, winner, mapped in found if id in absent_ids]
        yield _make_missing_rows(merged, coverage)


def load_removable_rows(write: Transaction, rows: Sequence[MissingRow]) -> list[MissingRow]:
    """Load the rows with the revision at which each can be removed; lock their events."""
    standing = [row.id for row in rows if row.winner is None]
    stored = load_events(write.connection, standing)
    bases, kept = load_merge_bases(write, standing), load_claim_rows(write, standing)
    merged = find_winners(write.connection, standing)
    judged = []
    for row in rows:
        event = stored.get(row.id)
        if event is None:
            judged += [row] if row.winner is not None else []
            continue
        others = [claim_row.part for claim_row in kept.get(row.id, []) if not claim_row.is_waiting]
        is_edited = row.id in merged or _is_edited(event, bases[row.id], others)
        revision = None if is_edited else event.revision
        judged.append(MissingRow(row.id, row.external_id, None, revision))
    return judged


def remove_records(write: Transaction, rows: Sequence[MissingRow]) -> tuple[list[RowFinding], int]:
    """Remove the records that are unchanged; return the findings and the number removed."""
    now = {row.id: row for row in load_removable_rows(write, rows)}
    findings, removed = [], 0
    for row in rows:
        judged = now.get(row.id)
        if judged is None:
            continue
        if judged.revision is not None and judged.revision == row.revision:
            delete_event(write, OPERATOR, row.id, None)
            write.connection.execute(_MARK_REMOVED, {"of": row.id, "stood": row.revision})
            removed += 1
            findings.append(judged.make_finding(RECORD_REMOVED))
        else:
            findings.append(
                MissingRow(row.id, row.external_id, judged.winner).make_finding(EDITED_STAYS)
            )
    return findings, removed


def _make_missing_rows(
    found: Sequence[tuple[UUID, str, UUID | None]], coverage: Coverage | None
) -> list[MissingRow]:
    """Return the rows that lie inside the coverage by the provider's last version."""
    mapped = [(id, orjson.loads(text)["event"], winner) for id, text, winner in found]
    return [
        MissingRow(id, event["external_id"] or str(id), winner)
        for id, event, winner in mapped
        if coverage is None or coverage.contains(event)
    ]


def _is_edited(event: StoredEvent, base: MergeBase, others: list[Any]) -> bool:
    held: Any = event.content
    if any(held[name] != base["event"].get(name) for name in held if name not in NEVER_MERGED):
        return True
    provided = fold_claims([*make_claim_parts(base["claims"]), *others])
    return {claim.id: claim.content for claim in event.claims} != provided


_DATASET_RECORDS = Statement(
    select(events.c.id, events.c.order_key)
    .where(
        events.c.dataset == bindparam("dataset", required=True),
        events.c.order_key < bindparam("until_key", type_=BigInteger, required=True),
        events.c.order_key >= bindparam("order_key", type_=BigInteger, required=True),
        or_(
            events.c.order_key > bindparam("order_key", type_=BigInteger, required=True),
            events.c.id > bindparam("last", type_=RecordId, required=True),
        ),
    )
    .order_by(events.c.order_key, events.c.id)
    .limit(RECORDS_PER_PAGE)
)
_IMPORTED_ROWS = Statement(
    select(source_rows.c.event_id, source_rows.c.mapped)
    .where(any_of(source_rows.c.event_id, "ids"))
    .where(source_rows.c.format == bindparam("format", required=True))
    .order_by(source_rows.c.event_id)
)
_MERGED_RECORDS = Statement(
    select(merged_events.c.event_id, merged_events.c.winner_id, source_rows.c.mapped)
    .join(source_rows, source_rows.c.event_id == merged_events.c.event_id)
    .join(events, events.c.id == merged_events.c.winner_id)
    .where(
        merged_events.c.dataset == bindparam("dataset", required=True),
        source_rows.c.format == bindparam("format", required=True),
        merged_events.c.event_id > bindparam("last", type_=RecordId, required=True),
    )
    .order_by(merged_events.c.event_id)
    .limit(RECORDS_PER_PAGE)
)
_MARK_REMOVED = (
    update(source_rows)
    .where(source_rows.c.event_id == bindparam("of", type_=RecordId()))
    .values(removed_revision=bindparam("stood"))
)
