"""Saves of events with their claims: documents, rows, past and feed, in one transaction.

Many events are saved at once, so that imports and edits share this code.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from app.db.transaction import Transaction
from app.models.claims import claim_texts, claims
from app.models.events import event_texts, known_statuses
from app.record.content import ClaimContent, EventContent
from app.record.document import RevisionInfo, encode_document, make_claim_document
from app.record.event_rows import (
    MAIN_TABLES,
    DerivedEvent,
    RecordChange,
    SaveContext,
    derive_event,
    derive_index,
    make_claim_rows,
    make_event_rows,
    make_feed_row,
)
from app.record.index import CHILD_TABLES, IndexRows
from app.record.load import StoredClaim, StoredEvent, load_events
from app.record.order_keys import OrderKeys
from app.record.prefetch import Prefetched, load_prefetched
from app.record.versioned_rows import VersionedRows, find_past_table


@dataclass(frozen=True, slots=True)
class ClaimChange:
    """One claim created, changed, deleted (without `content`) or restored.

    `event_id` is the event that it is recorded for, if that was merged into the changed one.
    `updated_at` is the time of the write unless given.
    """

    operation: str
    id: UUID
    before: StoredClaim | None
    content: ClaimContent | None
    revision: int
    created_at: int
    event_id: UUID | None = None
    updated_at: int | None = None

    def get_event_id(self, changed: UUID) -> UUID:
        """Return the event that the claim belongs to, in a change of the event `changed`."""
        if self.before is not None:
            return self.before.event_id
        return self.event_id or changed


@dataclass(frozen=True, slots=True)
class EventChange:
    """One event created, changed, deleted or merged (without `content`), restored or unmerged.

    The changes of its claims are saved with it. `claims_after` are the claims that it has after a
    merge or its undoing. `sources_changed` says that the profile of a source has changed since its
    rows were written. `updated_at` is the time of the write unless given.
    """

    operation: str
    id: UUID
    before: StoredEvent | None
    content: EventContent | None
    revision: int
    created_at: int
    claims: Sequence[ClaimChange] = field(default_factory=tuple)
    claims_after: Sequence[StoredClaim] | None = None
    sources_changed: bool = False
    updated_at: int | None = None

    @property
    def merged_into(self) -> UUID | None:
        """The winner, if the event is a merged one."""
        return self.before.merged_into if self.before is not None else None

    @property
    def claims_before(self) -> Sequence[StoredClaim]:
        """The claims of the event before their changes."""
        if self.claims_after is not None:
            return self.claims_after
        return self.before.claims if self.before is not None else ()

    @property
    def dataset(self) -> str:
        """The dataset of the event; it never changes."""
        if self.content is not None:
            return self.content["dataset"]
        assert self.before is not None, "what is deleted was there before"
        return str(self.before.document["dataset"])


def make_next_change(event: StoredEvent, claims: Sequence[ClaimChange] = ()) -> EventChange:
    """Return the next revision of an event with these changes of its claims."""
    content, revision = event.content, event.revision + 1
    return EventChange("updated", event.id, event, content, revision, event.created_at, claims)


@dataclass(frozen=True, slots=True)
class SavedEvent:
    """An event after a save; None in place of the document if it was deleted."""

    id: UUID
    revision: int
    document: str | None
    claims: Mapping[UUID, str]


def save_events(write: Transaction, changes: Sequence[EventChange]) -> list[SavedEvent]:
    """Save the changes, each event with its next revision, and return the stored events.

    A merged event gets its revision in the past, behind its redirect. Its claims count for the
    event that it was merged into, which gets a new revision as well.
    """
    current = _load_winner_changes(write, changes)
    merged = [change for change in changes if change.merged_into]
    for change in (*current, *merged):
        if change.before is not None:
            write.require_after(change.before.position)
    order_keys = OrderKeys(current)
    prefetched = _prefetch(write, [*current, *merged], order_keys)
    keys = order_keys.assign(write.connection, prefetched.taken_keys)
    builder = _RowBuilder(write, SaveContext(prefetched.names, prefetched.profiles))
    saved = {change.id: builder.add(change, keys.get(change.id)) for change in current}
    for change in merged:
        saved[change.id] = builder.add_merged(change, saved)
    builder.rows.write(write.connection)
    return [saved[change.id] for change in changes]


def _prefetch(
    write: Transaction, changes: Sequence[EventChange], order_keys: OrderKeys
) -> Prefetched:
    """Load the actor names, source profiles, and taken order keys that the changes need."""
    cited = (
        slug
        for change in changes
        for content in _list_claim_contents(change)
        for slug in (content["source"], content["origin"])
        if slug
    )
    named = (
        participant["actor"]
        for change in changes
        if change.content
        for participant in change.content["participants"]
    )
    return load_prefetched(write.connection, named, cited, order_keys.requested.values())


def _load_winner_changes(write: Transaction, changes: Sequence[EventChange]) -> list[EventChange]:
    """Return the changes of existing events, with the claims of events merged into them."""
    current = {change.id: change for change in changes if not change.merged_into}
    moved: dict[UUID, list[ClaimChange]] = {}
    for change in changes:
        if change.merged_into and change.claims:
            claims_there = moved.setdefault(change.merged_into, [])
            claims_there += [replace(claim, event_id=change.id) for claim in change.claims]
    others = load_events(
        write.connection, [event_id for event_id in moved if event_id not in current]
    )
    for event in others.values():
        current[event.id] = make_next_change(event)
    for winner, claims_there in moved.items():
        change = current[winner]
        current[winner] = replace(change, claims=[*change.claims, *claims_there])
    return list(current.values())


class _RowBuilder:
    """The rows that one call of `save_events` writes."""

    def __init__(self, write: Transaction, context: SaveContext) -> None:
        self.write = write
        self.rows = VersionedRows()
        self.context = context

    def add(self, change: EventChange, order_key: int | None) -> SavedEvent:
        """Add the rows of an event and its claims; without an order key they are only expired."""
        event_change = self._add_event_change(change)
        documents = {claim.id: self._add_claim(change, claim) for claim in change.claims}
        if change.content is None or order_key is None:
            self._expire_rows(change, event_change.position, MAIN_TABLES)
            self._expire_rows(change, event_change.position, CHILD_TABLES)
            return SavedEvent(change.id, change.revision, None, {})
        event = self._derive(change, change.content)
        text = encode_document(event.document)
        before = self._derive_old_index(change.before)
        changed = _list_changed_tables(change, before, event.index, order_key)
        self._expire_rows(change, event_change.position, changed)
        add_main = self.rows.add if change.before is None else self.rows.replace
        for table, row in make_event_rows(event_change, event, text, order_key):
            if table in MAIN_TABLES:
                add_main(table, row)
            elif table in changed:
                self.rows.add(table, row)
        return SavedEvent(change.id, change.revision, text, documents)

    def add_merged(self, change: EventChange, saved: Mapping[UUID, SavedEvent]) -> SavedEvent:
        """Add a revision of a merged event: it goes straight to the past and is never current."""
        assert change.before is not None
        assert change.merged_into is not None
        assert change.content is not None
        winner = saved.get(change.merged_into)
        documents = winner.claims if winner is not None else {}
        if change.content == change.before.content:
            text = encode_document(change.before.document)
            return SavedEvent(change.id, change.before.revision, text, documents)
        event_change = self._add_event_change(change)
        event = self._derive(change, change.content)
        text = encode_document(event.document)
        until = {"until_position": event_change.position}
        for table, row in make_event_rows(event_change, event, text, change.before.order_key):
            if table in MAIN_TABLES:
                self.rows.add(find_past_table(table), {**row, **until})
        return SavedEvent(change.id, change.revision, text, documents)

    def _add_event_change(self, change: EventChange) -> RecordChange:
        return self._add_change("event", change, change.id, change)

    def _add_change(
        self, kind: str, change: EventChange, event_id: UUID, record: EventChange | ClaimChange
    ) -> RecordChange:
        added = RecordChange(
            kind,
            record.operation,
            event_id,
            record.id,
            record.revision,
            change.dataset,
            self.write.take_position(),
        )
        self.rows.add(*make_feed_row(added, self.write.by, self.write.at))
        return added

    def _add_claim(self, change: EventChange, claim: ClaimChange) -> str:
        event_id = claim.get_event_id(change.id)
        added = self._add_change("claim", change, event_id, claim)
        if claim.before is not None:
            until, rowid = added.position, claim.before.position
            self.rows.expire(claims, until, event_id=event_id, id=claim.id)
            self.rows.expire(claim_texts, until, event_id=event_id, rowid=rowid)
        if claim.content is None:
            return ""
        updated_at = claim.updated_at or self.write.at
        info = RevisionInfo(claim.id, claim.revision, claim.created_at, updated_at)
        text = encode_document(make_claim_document(claim.content, info, event_id))
        for table, row in make_claim_rows(added, claim.content, info, text):
            self.rows.add(table, row)
        return text

    def _derive_old_index(self, before: StoredEvent | None) -> IndexRows | None:
        if before is None:
            return None
        contents = {claim.id: claim.content for claim in before.claims}
        return derive_index(before.document, contents, self.context.profiles)

    def _derive(self, change: EventChange, content: EventContent) -> DerivedEvent:
        contents = {claim.id: claim.content for claim in change.claims_before}
        for claim in change.claims:
            if claim.content is None:
                contents.pop(claim.id, None)
            else:
                contents[claim.id] = claim.content
        updated_at = self.write.at if change.updated_at is None else change.updated_at
        info = RevisionInfo(change.id, change.revision, change.created_at, updated_at)
        return derive_event(content, info, contents, self.context)

    def _expire_rows(self, change: EventChange, position: int, tables: Iterable[Table]) -> None:
        """Move the rows that the event has in the tables to the past."""
        if change.before is None:
            return
        for table in tables:
            key: dict[str, Any] = {"id" if table in MAIN_TABLES else "event_id": change.id}
            if table is event_texts:
                key["rowid"] = change.before.order_key
            self.rows.expire(table, position, **key)


def _list_changed_tables(
    change: EventChange, before: IndexRows | None, after: IndexRows, order_key: int
) -> Sequence[Table]:
    """Return the child tables whose rows of this event differ; the others keep their rows."""
    if before is None or change.before is None:
        return CHILD_TABLES
    is_moved = change.before.order_key != order_key
    # `before` is verified with today's source profiles, which may differ from those of its rows.
    return [
        table
        for table in CHILD_TABLES
        if (change.sources_changed and table is known_statuses)
        or before.children[table] != after.children[table]
        or (is_moved and after.children[table])
    ]


def _list_claim_contents(change: EventChange) -> list[ClaimContent]:
    stored = (*(change.before.claims if change.before else ()), *(change.claims_after or ()))
    contents = [claim.content for claim in stored]
    return contents + [claim.content for claim in change.claims if claim.content is not None]
