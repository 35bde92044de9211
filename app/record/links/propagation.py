"""Propagation of a changed actor or source to the events that name it.

A few events are rewritten in the transaction of the change, many by a job: any server takes the
next batch of the oldest job under the lock of its row, and stores the progress in the same
transaction. No event is rewritten twice or left out when a server stops.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
    update,
)

from app.db.transaction import Transaction
from app.models.actors import actors
from app.models.events import event_terms, participants
from app.models.jobs import rerenderings
from app.query.redirects import MERGEABLE_TABLES
from app.record.links.slug_merges import find_referring_events, finish_merge, rewrite_events
from app.record.load import StoredEvent, load_events
from app.record.merged_events import load_winners
from app.record.save import make_next_change, save_events

MOST_IMMEDIATE = 200
"""The most events that are rewritten in the transaction of the change."""

EVENTS_PER_BATCH = 100
LOWEST_KEY = -1
"""Below every order key."""

RUNNING, DONE = "running", "done"


@dataclass(frozen=True, slots=True)
class ChangedRecord:
    """A changed `actor` or `source`, and the private dataset that it belongs to, if any."""

    noun: str
    slug: str
    dataset: str | None


def propagate_change(write: Transaction, subject: ChangedRecord) -> UUID | None:
    """Rewrite the events that name the record, now or by a job; return the id of the job."""
    values = {"slug": subject.slug, "after": LOWEST_KEY, "limit": MOST_IMMEDIATE + 1}
    rows = write.connection.execute(_NEXT[subject.noun], values).all()
    if len(rows) <= MOST_IMMEDIATE:
        rebuild_events(write, _find_outdated_ids(write, subject, [row.event_id for row in rows]))
        return None
    return _start_job(write, subject)


def run_next_batch(write: Transaction) -> bool:
    """Run the next batch of the oldest job that no other server runs; return False without one."""
    job = write.connection.execute(_OLDEST_JOB).first()
    if job is None:
        return False
    if job.into is not None:
        _continue_merge(write, job)
        return True
    ids, last = _load_next_events(write.connection, job)
    stored = load_events(write.connection, ids)
    rebuild_stored_events(write, _find_outdated_events(write, job.noun, job.slug, stored.values()))
    ended = {"status": DONE} if last is None else {"after_key": last}
    done = min(job.total, job.done + len(ids)) if last is not None else job.total
    write.connection.execute(
        update(rerenderings)
        .where(rerenderings.c.id == job.id)
        .values(done=done, updated_at=write.at, **ended)
    )
    return True


def propagate_merge(write: Transaction, subject: ChangedRecord, into: str) -> UUID | None:
    """Let all records name `into` instead, now or by a job; return the id of the job."""
    ids = find_referring_events(write.connection, subject.noun, subject.slug, MOST_IMMEDIATE + 1)
    if len(ids) > MOST_IMMEDIATE:
        return _insert_job(write, subject, into, len(ids))
    if ids:
        rewrite_events(write, subject.noun, {subject.slug: into}, ids)
    _finish_merge(write, subject.noun, subject.slug, into)
    return None


def is_merging(connection: Connection, noun: str, slug: str) -> bool:
    """Return whether a job is merging the record into another."""
    same = rerenderings.c.noun == noun, rerenderings.c.slug == slug
    under_way = rerenderings.c.status == RUNNING, rerenderings.c.into.is_not(None)
    return connection.scalar(select(rerenderings.c.id).where(*same, *under_way)) is not None


def _continue_merge(write: Transaction, job: Row[Any]) -> None:
    ids = find_referring_events(write.connection, job.noun, job.slug, EVENTS_PER_BATCH)
    values: dict[str, Any] = {"done": job.done + len(ids)}
    values["total"] = max(job.total, values["done"] + EVENTS_PER_BATCH)
    if ids:
        rewrite_events(write, job.noun, {job.slug: job.into}, ids)
    else:
        # No new record names it while its row is locked; one that was written before is found here.
        table = MERGEABLE_TABLES[job.noun]
        write.connection.execute(
            select(table.c.slug).where(table.c.slug == job.slug).with_for_update()
        )
        if not find_referring_events(write.connection, job.noun, job.slug, 1):
            _finish_merge(write, job.noun, job.slug, job.into)
            values = {"status": DONE, "done": job.done, "total": job.done}
    this = rerenderings.c.id == job.id
    write.connection.execute(update(rerenderings).where(this).values(updated_at=write.at, **values))


def _finish_merge(write: Transaction, noun: str, slug: str, into: str) -> None:
    for source in finish_merge(write, noun, slug, into):
        propagate_change(write, ChangedRecord("source", source, None))


def _start_job(write: Transaction, subject: ChangedRecord) -> UUID:
    """Start a job, or restart the running one of an earlier change."""
    table, conditions = _DEPENDENT_ROWS[subject.noun]
    counted = select(func.count()).select_from(table).where(*conditions)
    total = write.connection.scalar(counted, {"slug": subject.slug}) or 0
    begun = {"after_key": LOWEST_KEY, "done": 0, "total": total, "updated_at": write.at}
    same = (
        rerenderings.c.noun == subject.noun,
        rerenderings.c.slug == subject.slug,
        rerenderings.c.status == RUNNING,
        rerenderings.c.into.is_(None),
    )
    known = write.connection.scalar(select(rerenderings.c.id).where(*same).with_for_update())
    if known is not None:
        write.connection.execute(update(rerenderings).where(rerenderings.c.id == known), begun)
        return UUID(str(known))
    return _insert_job(write, subject, None, total)


def _insert_job(write: Transaction, subject: ChangedRecord, into: str | None, total: int) -> UUID:
    job = {
        "id": write.make_id(),
        "noun": subject.noun,
        "slug": subject.slug,
        "into": into,
        "dataset": subject.dataset,
        "status": RUNNING,
        "requested_by": write.by,
        "after_key": LOWEST_KEY,
        "done": 0,
        "total": total,
        "created_at": write.at,
        "updated_at": write.at,
    }
    write.connection.execute(insert(rerenderings), job)
    return UUID(str(job["id"]))


def _load_next_events(connection: Connection, job: Row[Any]) -> tuple[list[UUID], int | None]:
    """Return the events of the next batch and its last key, None for the last batch."""
    values = {"slug": job.slug, "after": job.after_key, "limit": EVENTS_PER_BATCH}
    rows = connection.execute(_NEXT[job.noun], values).all()
    if len(rows) < EVENTS_PER_BATCH:
        return [row.event_id for row in rows], None
    last = rows[-1].order_key
    # Two writers at the same time may have used one key: no batch ends between such events.
    tied = connection.execute(_TIED[job.noun], {"slug": job.slug, "key": last})
    return sorted({row.event_id for row in rows} | {row.event_id for row in tied}), last


def _find_outdated_ids(write: Transaction, subject: ChangedRecord, ids: list[UUID]) -> list[UUID]:
    stored = load_events(write.connection, ids)
    return sorted(
        event.id
        for event in _find_outdated_events(write, subject.noun, subject.slug, stored.values())
    )


def _find_outdated_events(
    write: Transaction, noun: str, slug: str, stored: Iterable[StoredEvent]
) -> list[StoredEvent]:
    """Return the events to rewrite; all events of a source, as only verifying shows a change."""
    if noun == "source":
        return list(stored)
    name = write.connection.scalar(select(actors.c.name).where(actors.c.slug == slug))
    return [
        event
        for event in stored
        if any(
            taking["actor"] == slug and taking["name"] != name
            for taking in event.document["participants"]
        )
    ]


def _make_next_select(table: Table, conditions: Iterable[ColumnElement[bool]]) -> Select[Any]:
    after = table.c.order_key > bindparam("after", type_=BigInteger)
    found = select(table.c.event_id, table.c.order_key).where(*conditions, after)
    return found.order_by(table.c.order_key).limit(bindparam("limit"))


def _make_tied_select(table: Table, conditions: Iterable[ColumnElement[bool]]) -> Select[Any]:
    here = table.c.order_key == bindparam("key", type_=BigInteger)
    return select(table.c.event_id).where(*conditions, here)


_SLUG = bindparam("slug", type_=Text)
_DEPENDENT_ROWS: Mapping[str, tuple[Table, list[ColumnElement[bool]]]] = {
    "actor": (participants, [participants.c.actor == _SLUG]),
    "source": (event_terms, [event_terms.c.kind == "source", event_terms.c.term == _SLUG]),
}
_NEXT = {noun: _make_next_select(*resting) for noun, resting in _DEPENDENT_ROWS.items()}
_TIED = {noun: _make_tied_select(*resting) for noun, resting in _DEPENDENT_ROWS.items()}
_OLDEST_JOB = (
    select(rerenderings)
    .where(rerenderings.c.status == RUNNING)
    .order_by(rerenderings.c.created_at, rerenderings.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)


EVENTS_PER_SAVE = 500


def rebuild_events(write: Transaction, ids: Sequence[UUID]) -> None:
    """Verify and write the events as new revisions, and the winner in place of a merged event."""
    winners = load_winners(write.connection, ids) if ids else {}
    current = sorted({winners.get(event_id, event_id) for event_id in ids})
    for start in range(0, len(current), EVENTS_PER_SAVE):
        stored = load_events(write.connection, current[start : start + EVENTS_PER_SAVE])
        rebuild_stored_events(write, stored.values())


def rebuild_stored_events(write: Transaction, stored: Iterable[StoredEvent]) -> None:
    """Verify and write locked events as new revisions."""
    save_events(write, [replace(make_next_change(event), sources_changed=True) for event in stored])
