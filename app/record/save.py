"""Saving events with their claims: document, rows, past and feed, in one transaction.

Works on many events at once, so that an import and an edit go the same way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from app.db.transaction import Transaction
from app.models.changes import changes as change_feed
from app.models.claims import claim_texts, claims
from app.models.events import (
    event_documents,
    event_terms,
    event_texts,
    events,
    known_statuses,
    participants,
    past_event_documents,
    past_events,
)
from app.record.content import ClaimContent, EventContent
from app.record.document import (
    RENDERING_VERSION,
    RevisionInfo,
    encode_document,
    make_claim_document,
    make_event_document,
)
from app.record.index import IndexRows, index_event, make_claim_columns, make_claim_text
from app.record.known_by import compute_first_made_day, derive_known_statuses
from app.record.load import StoredClaim, StoredEvent, load_events
from app.record.order_keys import OrderKeys
from app.record.prefetch import load_prefetched
from app.record.verification import ClaimStatement, make_claim_statement, verify_event
from app.record.versioned_rows import VersionedRows


@dataclass(frozen=True, slots=True)
class ClaimChange:
    """One claim made, changed, deleted (`content` is None) or restored.

    `event_id` is the event that it is recorded of, if that was merged into the changed one.
    `updated_at` is the moment of the write, if it is not said.
    """

    operation: str
    id: UUID
    before: StoredClaim | None
    content: ClaimContent | None
    revision: int
    created_at: int
    event_id: UUID | None = None
    updated_at: int | None = None

    def recorded_of(self, changed: UUID) -> UUID:
        """The event that the claim belongs to, in a change of the event `changed`."""
        if self.before is not None:
            return self.before.event_id
        return self.event_id or changed


@dataclass(frozen=True, slots=True)
class EventChange:
    """One event made, changed, deleted or merged away (`content` is None), or brought back.

    With it go the changes of its claims. `held` are the claims that it rests on from now on, where
    a merge gave it others than those before. `facts_changed`: its sources are weighed otherwise
    than when its rows were written. `updated_at` is the moment of the write, if it is not said.
    """

    operation: str
    id: UUID
    before: StoredEvent | None
    content: EventContent | None
    revision: int
    created_at: int
    claims: Sequence[ClaimChange] = field(default_factory=tuple)
    held: Sequence[StoredClaim] | None = None
    facts_changed: bool = False
    updated_at: int | None = None

    @property
    def merged_into(self) -> UUID | None:
        """The event that stands for it, if it is one that was merged away."""
        return self.before.merged_into if self.before is not None else None

    @property
    def claims_before(self) -> Sequence[StoredClaim]:
        """The claims that it rests on, but for their changes."""
        if self.held is not None:
            return self.held
        return self.before.claims if self.before is not None else ()

    @property
    def dataset(self) -> str:
        """The dataset of the event; it never changes."""
        if self.content is not None:
            return self.content["dataset"]
        assert self.before is not None, "what is deleted was there before"
        return str(self.before.document["dataset"])


def make_next_change(event: StoredEvent, claims: Sequence[ClaimChange] = ()) -> EventChange:
    """The next revision of an event as it stands, with these changes of its claims."""
    content, revision = event.content, event.revision + 1
    return EventChange("updated", event.id, event, content, revision, event.created_at, claims)


@dataclass(frozen=True, slots=True)
class SavedEvent:
    """An event as it now stands; `document` is None where it was deleted."""

    id: UUID
    revision: int
    document: str | None
    claims: Mapping[UUID, str]


def save_events(write: Transaction, changes: Sequence[EventChange]) -> list[SavedEvent]:
    """Save the changes, each event with its next revision, and return what is now stored.

    An event that was merged away is revised behind its redirect, and its claims are judged with
    those of the event that stands for it, which gets a new revision as well.
    """
    standing = _load_winner_changes(write, changes)
    behind = [change for change in changes if change.merged_into]
    for change in (*standing, *behind):
        if change.before is not None:
            write.follow(change.before.position)
    placing = OrderKeys(standing)
    plan = _RowBuilder(write, [*standing, *behind], placing)
    order_keys = placing.place(write.connection, plan.ground.taken)
    saved = {change.id: plan.add(change, order_keys.get(change.id)) for change in standing}
    for change in behind:
        saved[change.id] = plan.add_behind(change, saved)
    plan.rows.write(write.connection)
    return [saved[change.id] for change in changes]


def _load_winner_changes(write: Transaction, changes: Sequence[EventChange]) -> list[EventChange]:
    """The changes of events that stand, with the claims of those that were merged into them."""
    standing = {change.id: change for change in changes if not change.merged_into}
    moved: dict[UUID, list[ClaimChange]] = {}
    for change in changes:
        if change.merged_into and change.claims:
            claims_there = moved.setdefault(change.merged_into, [])
            claims_there += [replace(claim, event_id=change.id) for claim in change.claims]
    others = load_events(write.connection, [each for each in moved if each not in standing])
    for event in others.values():
        standing[event.id] = make_next_change(event)
    for winner, claims_there in moved.items():
        change = standing[winner]
        standing[winner] = replace(change, claims=[*change.claims, *claims_there])
    return list(standing.values())


class _RowBuilder:
    """The rows of one call, and what they are made from."""

    def __init__(
        self, write: Transaction, changes: Sequence[EventChange], placing: OrderKeys
    ) -> None:
        self.write = write
        self.rows = VersionedRows()
        cited = (
            slug
            for change in changes
            for content in _list_claim_contents(change)
            for slug in (content["source"], content["origin"])
            if slug
        )
        named = (
            taking["actor"]
            for change in changes
            if change.content
            for taking in change.content["participants"]
        )
        self.ground = load_prefetched(write.connection, named, cited, placing.wanted.values())

    def add(self, change: EventChange, order_key: int | None) -> SavedEvent:
        position = self._add_event_feed_row(change)
        documents = {claim.id: self._add_claim(change, claim) for claim in change.claims}
        before = self._derive_old_index(change.before)
        if change.content is None or order_key is None:
            self._close_rows(change, position, before, None)
            return SavedEvent(change.id, change.revision, None, {})
        document, after = self._render(change, change.content)
        text = encode_document(document)
        self._close_rows(change, position, before, (after, order_key))
        self._insert_rows(change, position, text, (after, order_key), before)
        return SavedEvent(change.id, change.revision, text, documents)

    def add_behind(self, change: EventChange, saved: Mapping[UUID, SavedEvent]) -> SavedEvent:
        """A revision of what was merged away: it goes straight to the past, and never stood."""
        assert change.before is not None
        assert change.merged_into is not None
        assert change.content is not None
        winner = saved.get(change.merged_into)
        documents = winner.claims if winner is not None else {}
        if change.content == change.before.content:
            text = encode_document(change.before.document)
            return SavedEvent(change.id, change.before.revision, text, documents)
        position = self._add_event_feed_row(change)
        document, index = self._render(change, change.content)
        text = encode_document(document)
        never = {"from_position": position, "until_position": position}
        event, stored = self._make_event_rows(change, index, change.before.order_key, text)
        self.rows.add(past_events, {**event, **never})
        self.rows.add(past_event_documents, {**stored, **never})
        return SavedEvent(change.id, change.revision, text, documents)

    def _add_event_feed_row(self, change: EventChange) -> int:
        feed = {"kind": "event", "operation": change.operation, "revision": change.revision}
        return self._add_feed_row(change, change.id, change.id, feed)

    def _add_feed_row(
        self, change: EventChange, event_id: UUID, record_id: UUID, feed: Mapping[str, Any]
    ) -> int:
        position = self.write.next_position()
        row = {
            "event_id": event_id,
            "position": position,
            "id": record_id,
            "at": self.write.at,
            **feed,
            "dataset": change.dataset,
            "to_dataset": None,
            "by": self.write.by,
        }
        self.rows.add(change_feed, row)
        return position

    def _add_claim(self, change: EventChange, claim: ClaimChange) -> str:
        event_id = claim.recorded_of(change.id)
        feed = {"kind": "claim", "operation": claim.operation, "revision": claim.revision}
        position = self._add_feed_row(change, event_id, claim.id, feed)
        if claim.before is not None:
            self.rows.close(claims, position, event_id=event_id, id=claim.id)
            self.rows.close(claim_texts, position, event_id=event_id, rowid=claim.before.position)
        if claim.content is None:
            return ""
        stamp = RevisionInfo(
            claim.id, claim.revision, claim.created_at, claim.updated_at or self.write.at
        )
        text = encode_document(make_claim_document(claim.content, stamp, event_id))
        row = {
            "event_id": event_id,
            "id": claim.id,
            "from_position": position,
            "created_at": claim.created_at,
            "updated_at": stamp.updated_at,
            "revision": claim.revision,
            "dataset": change.dataset,
            "document": text,
            **make_claim_columns(claim.content),
        }
        self.rows.add(claims, row)
        placed = {"rowid": position, "from_position": position}
        held = {"event_id": event_id, "id": claim.id, **make_claim_text(claim.content)}
        self.rows.add(claim_texts, {**held, **placed})
        return text

    def _derive_old_index(self, before: StoredEvent | None) -> IndexRows | None:
        if before is None:
            return None
        statements = self._make_statements({claim.id: claim.content for claim in before.claims})
        known = derive_known_statuses(statements, before.document["participants"])
        return index_event(before.document, statements, known)

    def _render(
        self, change: EventChange, content: EventContent
    ) -> tuple[dict[str, Any], IndexRows]:
        contents = {claim.id: claim.content for claim in change.claims_before}
        for claim in change.claims:
            if claim.content is None:
                contents.pop(claim.id, None)
            else:
                contents[claim.id] = claim.content
        statements = self._make_statements(contents)
        verdict = verify_event(
            statements, content["participants"], content["verification_override"]
        )
        stamp = RevisionInfo(
            change.id, change.revision, change.created_at, self._get_updated_at(change)
        )
        document = make_event_document(
            content, stamp, verdict, compute_first_made_day(statements), self.ground.names
        )
        known = derive_known_statuses(statements, content["participants"])
        return document, index_event(document, statements, known)

    def _get_updated_at(self, change: EventChange) -> int:
        return self.write.at if change.updated_at is None else change.updated_at

    def _make_statements(self, contents: Mapping[UUID, ClaimContent]) -> list[ClaimStatement]:
        return [
            make_claim_statement(claim_id.hex, content, self.ground.facts)
            for claim_id, content in contents.items()
        ]

    def _close_rows(
        self,
        change: EventChange,
        position: int,
        before: IndexRows | None,
        after: tuple[IndexRows, int] | None,
    ) -> None:
        if change.before is None or before is None:
            return
        if after is None:
            self.rows.close(events, position, id=change.id)
            self.rows.close(event_documents, position, id=change.id)
        changed = _list_changed_tables(change, before, after)
        for table in changed:
            key = {"rowid": change.before.order_key} if table is event_texts else {}
            self.rows.close(table, position, event_id=change.id, **key)

    def _insert_rows(
        self,
        change: EventChange,
        position: int,
        text: str,
        placed: tuple[IndexRows, int],
        before: IndexRows | None,
    ) -> None:
        index, order_key = placed
        put = self.rows.add if change.before is None else self.rows.replace
        event, document = self._make_event_rows(change, index, order_key, text)
        put(events, {**event, "from_position": position})
        put(event_documents, {**document, "from_position": position})
        for table in _list_changed_tables(change, before, placed):
            for row in _make_child_rows(table, index, order_key):
                self.rows.add(table, {"event_id": change.id, "from_position": position, **row})

    def _make_event_rows(
        self, change: EventChange, index: IndexRows, order_key: int, text: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The event's row and its document's, but for when they stand."""
        times = {"created_at": change.created_at, "updated_at": self._get_updated_at(change)}
        document = {
            "id": change.id,
            "dataset": change.dataset,
            "revision": change.revision,
            "rendering": RENDERING_VERSION,
            "document": text,
        }
        return {"id": change.id, **index.event, "order_key": order_key, **times}, document


def _list_changed_tables(
    change: EventChange, before: IndexRows | None, after: tuple[IndexRows, int] | None
) -> list[Any]:
    """The child tables whose rows of this event differ: the others keep their rows."""
    tables = [participants, event_terms, event_texts, known_statuses]
    if before is None or after is None or change.before is None:
        return tables
    index, order_key = after
    old_key = change.before.order_key
    # `before` is judged by what the sources are now, which need not be what its rows say.
    return [
        table
        for table in tables
        if (change.facts_changed and table is known_statuses)
        or _make_child_rows(table, before, old_key) != _make_child_rows(table, index, order_key)
    ]


def _make_child_rows(table: Any, index: IndexRows, order_key: int) -> list[dict[str, Any]]:
    if table is event_texts:
        return [{"rowid": order_key, "words": index.words}]
    rows = {
        participants: index.participants,
        event_terms: index.terms,
        known_statuses: index.known,
    }[table]
    return [{**row, "order_key": order_key} for row in rows]


def _list_claim_contents(change: EventChange) -> list[ClaimContent]:
    stored = (*(change.before.claims if change.before else ()), *(change.held or ()))
    contents = [claim.content for claim in stored]
    return contents + [claim.content for claim in change.claims if claim.content is not None]
