"""Saving events with their claims: document, rows, past and feed, in one transaction.

Works on many events at once, so that an import and an edit go the same way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.db.writing import Write
from app.models.changes import changes as change_feed
from app.models.claims import claims
from app.models.events import (
    event_documents,
    event_terms,
    event_texts,
    events,
    known_statuses,
    participants,
)
from app.record.content import ClaimContent, EventContent
from app.record.document import RENDERING, Stamp, claim_document, encode, event_document
from app.record.index import Index, index_event
from app.record.judge import Statement, judge
from app.record.keys import place_in_order
from app.record.knowledge import first_made_day, knowledge
from app.record.names import load_actor_names
from app.record.rows import Rows
from app.record.statements import SourceFacts, load_source_facts, made_day, statement_of
from app.record.stored import StoredClaim, StoredEvent
from app.values.dates import OPEN_END, OPEN_START


@dataclass(frozen=True, slots=True)
class ClaimChange:
    """One claim made, changed, deleted (`content` is None) or restored.

    `updated_at` is the moment of the write, if it is not said.
    """

    operation: str
    id: UUID
    before: StoredClaim | None
    content: ClaimContent | None
    revision: int
    created_at: int
    updated_at: int | None = None


@dataclass(frozen=True, slots=True)
class EventChange:
    """One event made, changed, deleted (`content` is None) or restored, with its claims.

    `updated_at` is the moment of the write, if it is not said.
    `facts_changed`: its sources are weighed otherwise than when its rows were written.
    """

    operation: str
    id: UUID
    before: StoredEvent | None
    content: EventContent | None
    revision: int
    created_at: int
    claims: Sequence[ClaimChange] = field(default_factory=tuple)
    facts_changed: bool = False
    updated_at: int | None = None

    @property
    def dataset(self) -> str:
        """The dataset of the event; it never changes."""
        if self.content is not None:
            return self.content["dataset"]
        assert self.before is not None, "what is deleted was there before"
        return str(self.before.document["dataset"])


@dataclass(frozen=True, slots=True)
class SavedEvent:
    """An event as it now stands; `document` is None where it was deleted."""

    id: UUID
    revision: int
    document: str | None
    claims: Mapping[UUID, str]


def save_events(write: Write, changes: Sequence[EventChange]) -> list[SavedEvent]:
    """Save the changes, each event with its next revision, and return what is now stored."""
    for change in changes:
        if change.before is not None:
            write.follow(change.before.position)
    plan = _Plan(write, changes)
    order_keys = place_in_order(write.connection, changes)
    saved = [plan.add(change, order_keys.get(change.id)) for change in changes]
    plan.rows.write(write.connection)
    return saved


class _Plan:
    """The rows of one call, and what they are made from."""

    def __init__(self, write: Write, changes: Sequence[EventChange]) -> None:
        self.write = write
        self.rows = Rows()
        self.facts: Mapping[str, SourceFacts] = load_source_facts(
            write.connection,
            (
                slug
                for change in changes
                for content in _claim_contents(change)
                for slug in (content["source"], content["origin"])
                if slug
            ),
        )
        self.names = load_actor_names(
            write.connection,
            (
                taking["actor"]
                for change in changes
                if change.content
                for taking in change.content["participants"]
            ),
        )

    def add(self, change: EventChange, order_key: int | None) -> SavedEvent:
        position = self._announce(change, "event", change.id, change.operation, change.revision)
        documents = {claim.id: self._add_claim(change, claim) for claim in change.claims}
        before = self._index_before(change.before)
        if change.content is None or order_key is None:
            self._close(change, position, before, None)
            return SavedEvent(change.id, change.revision, None, {})
        document, after = self._render(change, change.content)
        text = encode(document)
        self._close(change, position, before, (after, order_key))
        self._insert(change, position, text, (after, order_key), before)
        return SavedEvent(change.id, change.revision, text, documents)

    def _announce(
        self, change: EventChange, kind: str, record_id: UUID, operation: str, revision: int
    ) -> int:
        position = self.write.next_position()
        row = {
            "event_id": change.id,
            "position": position,
            "id": record_id,
            "at": self.write.at,
            "revision": revision,
            "kind": kind,
            "operation": operation,
            "dataset": change.dataset,
            "to_dataset": None,
            "by": self.write.by,
        }
        self.rows.add(change_feed, row)
        return position

    def _add_claim(self, change: EventChange, claim: ClaimChange) -> str:
        position = self._announce(change, "claim", claim.id, claim.operation, claim.revision)
        if claim.before is not None:
            self.rows.close(claims, position, event_id=change.id, id=claim.id)
        if claim.content is None:
            return ""
        stamp = Stamp(claim.id, claim.revision, claim.created_at, claim.updated_at or self.write.at)
        text = encode(claim_document(claim.content, stamp, change.id))
        row = _claim_row(change, claim, claim.content, position, stamp.updated_at, text)
        self.rows.add(claims, row)
        return text

    def _index_before(self, before: StoredEvent | None) -> Index | None:
        if before is None:
            return None
        statements = self._statements({claim.id: claim.content for claim in before.claims})
        known = knowledge(statements, before.document["participants"])
        return index_event(before.document, statements, known)

    def _render(self, change: EventChange, content: EventContent) -> tuple[dict[str, Any], Index]:
        contents = {
            claim.id: claim.content for claim in (change.before.claims if change.before else ())
        }
        for claim in change.claims:
            if claim.content is None:
                contents.pop(claim.id, None)
            else:
                contents[claim.id] = claim.content
        statements = self._statements(contents)
        verdict = judge(statements, content["participants"], content["verification_override"])
        stamp = Stamp(change.id, change.revision, change.created_at, self._updated_at(change))
        document = event_document(content, stamp, verdict, first_made_day(statements), self.names)
        known = knowledge(statements, content["participants"])
        return document, index_event(document, statements, known)

    def _updated_at(self, change: EventChange) -> int:
        return self.write.at if change.updated_at is None else change.updated_at

    def _statements(self, contents: Mapping[UUID, ClaimContent]) -> list[Statement]:
        return [
            statement_of(claim_id.hex, content, self.facts)
            for claim_id, content in contents.items()
        ]

    def _close(
        self,
        change: EventChange,
        position: int,
        before: Index | None,
        after: tuple[Index, int] | None,
    ) -> None:
        if change.before is None or before is None:
            return
        if after is None:
            self.rows.close(events, position, id=change.id)
            self.rows.close(event_documents, position, id=change.id)
        changed = _changed_children(change, before, after)
        for table in changed:
            key = {"rowid": change.before.order_key} if table is event_texts else {}
            self.rows.close(table, position, event_id=change.id, **key)

    def _insert(
        self,
        change: EventChange,
        position: int,
        text: str,
        placed: tuple[Index, int],
        before: Index | None,
    ) -> None:
        index, order_key = placed
        stands = {"order_key": order_key, "from_position": position}
        times = {"created_at": change.created_at, "updated_at": self._updated_at(change)}
        put = self.rows.add if change.before is None else self.rows.replace
        put(events, {"id": change.id, **index.event, **stands, **times})
        document = {
            "id": change.id,
            "dataset": change.dataset,
            "revision": change.revision,
            "rendering": RENDERING,
            "document": text,
            "from_position": position,
        }
        put(event_documents, document)
        for table in _changed_children(change, before, placed):
            for row in _child_rows(table, index, order_key):
                self.rows.add(table, {"event_id": change.id, "from_position": position, **row})


def _changed_children(
    change: EventChange, before: Index | None, after: tuple[Index, int] | None
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
        or _child_rows(table, before, old_key) != _child_rows(table, index, order_key)
    ]


def _child_rows(table: Any, index: Index, order_key: int) -> list[dict[str, Any]]:
    if table is event_texts:
        return [{"rowid": order_key, "words": index.words}]
    rows = {
        participants: index.participants,
        event_terms: index.terms,
        known_statuses: index.known,
    }[table]
    return [{**row, "order_key": order_key} for row in rows]


def _claim_row(
    change: EventChange,
    claim: ClaimChange,
    content: ClaimContent,
    position: int,
    at: int,
    text: str,
) -> dict[str, Any]:
    speaker = content["speaker"] or {"actor": None, "title": None, "speaks_for": None}
    whole: Mapping[str, Any] = content
    return {
        "event_id": change.id,
        "id": claim.id,
        "from_position": position,
        "created_at": claim.created_at,
        "updated_at": at,
        "revision": claim.revision,
        "made_day": _sorting_day(content),
        "is_retracted": int(content["retracted_on"] is not None),
        "dataset": change.dataset,
        "speaker": speaker["actor"],
        "speaks_for": speaker["speaks_for"],
        "document": text,
        **{key: whole[key] for key in _PLAIN_CLAIM_COLUMNS},
    }


def _sorting_day(content: ClaimContent) -> int:
    """The latest day that the claim can have been made; unknown sorts as smallest."""
    day = made_day(content)
    return OPEN_START if day == OPEN_END else day


_PLAIN_CLAIM_COLUMNS = (
    "credibility",
    "stance",
    "basis",
    "source",
    "origin",
    "about",
    "language",
    "external_id",
)


def _claim_contents(change: EventChange) -> list[ClaimContent]:
    contents = [claim.content for claim in (change.before.claims if change.before else ())]
    return contents + [claim.content for claim in change.claims if claim.content is not None]
