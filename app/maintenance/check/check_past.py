"""The check of the past and the feed: complete revisions, and no two states at one time."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Table

from app.maintenance.check.check_findings import CheckFinding, join_names, load_rows
from app.models.changes import changes
from app.models.claims import claims, past_claims
from app.models.events import (
    event_documents,
    event_texts,
    events,
    past_event_documents,
    past_events,
)
from app.models.relations import past_relations, relations
from app.record.index import CHILD_TABLES
from app.record.versioned_rows import find_past_table

PositionSpan = tuple[int, int | None]
"""From a position up to, not including, another, which is null for a current state."""

TABLES_BY_KIND: Mapping[str, tuple[Table, Table, str]] = {
    "event": (event_documents, past_event_documents, "id"),
    "claim": (claims, past_claims, "event_id"),
    "relation": (relations, past_relations, "event_id"),
}
# FTS5 finds no row by its event: the key of a current text says which event has it.
PAST_CHILD_TABLES: Mapping[Table, Table | None] = {
    find_past_table(table): table if table is not event_texts else None for table in CHILD_TABLES
}
OPERATIONS_WITHOUT_STATE = {"deleted", "merged", "purged"}


def check_past(connection: Connection, ids: Sequence[UUID]) -> Iterator[CheckFinding]:
    """Yield the errors in the feed and the past of these events, their claims and relations."""
    found = _PastRows(connection, ids)
    for event_id in ids:
        yield from found.check(event_id)


class _PastRows:
    """The rows of the past of some events, loaded together."""

    def __init__(self, connection: Connection, ids: Sequence[UUID]) -> None:
        self.feed = load_rows(connection, changes, "event_id", ids)
        self.states = {
            kind: join_rows(
                load_rows(connection, present, key, ids), load_rows(connection, past, key, ids)
            )
            for kind, (present, past, key) in TABLES_BY_KIND.items()
        }
        self.rows = join_rows(
            load_rows(connection, events, "id", ids), load_rows(connection, past_events, "id", ids)
        )
        self.children = {
            past: join_rows(
                load_rows(connection, present, "event_id", ids) if present is not None else {},
                load_rows(connection, past, "event_id", ids),
            )
            for past, present in PAST_CHILD_TABLES.items()
        }

    def check(self, event_id: UUID) -> Iterator[CheckFinding]:
        """Yield the errors in one event's past."""
        steps: dict[tuple[str, UUID], list[Row[Any]]] = {}
        for change in sorted(self.feed.get(event_id, ()), key=lambda each: each.position):
            steps.setdefault((change.kind, change.id), []).append(change)
        states: dict[tuple[str, UUID], list[Row[Any]]] = {}
        for kind, rows in self.states.items():
            for row in rows.get(event_id, ()):
                states.setdefault((kind, row.id), []).append(row)
        for kind, id in sorted({*steps, *states}):
            feed = steps.get((kind, id), [])
            for what in check_revisions(feed, states.get((kind, id), [])):
                yield CheckFinding(kind, str(id), what)
        yield from self._check_rows(event_id)

    def _check_rows(self, event_id: UUID) -> Iterator[CheckFinding]:
        documents = {get_span(row) for row in self.states["event"].get(event_id, ())}
        if {get_span(row) for row in self.rows.get(event_id, ())} != documents:
            yield CheckFinding(
                "event", str(event_id), "its rows and documents have different spans"
            )
        positions = {change.position for change in self.feed.get(event_id, ())}
        for past, rows in self.children.items():
            spans = sorted({get_span(row) for row in rows.get(event_id, ())}, key=make_span_key)
            ends = {end for span in spans for end in span if end is not None}
            if ends - positions:
                what = f"{past.name} begins or ends where the event did not change"
                yield CheckFinding("event", str(event_id), what)
            if not are_disjoint(spans):
                yield CheckFinding("event", str(event_id), f"{past.name} holds two states at once")


def check_revisions(feed: Sequence[Any], states: Sequence[Row[Any]]) -> Iterator[str]:
    """Yield the disagreements of a record's changes in the feed with its documents."""
    if [change.operation for change in feed] == ["purged"]:
        if states:
            yield "was purged, and has a document"
        return
    if not feed:
        yield "has a document without a change in the feed"
        return
    revisions = [change.revision for change in feed]
    # A record from an export begins at the revision that it had there.
    first = revisions[0] if feed[0].operation == "created" else 1
    last = first + len(feed) - 1
    if revisions != list(range(first, last + 1)):
        yield f"its revisions in the feed are not {first} to {last}"
    made = {change.revision: change for change in feed}
    stored = {row.revision: row for row in states}
    if len(stored) < len(states):
        yield "has two documents of one revision"
    spans = _compute_spans(feed)
    astray = [str(number) for number, row in stored.items() if get_span(row) != spans.get(number)]
    if astray:
        yield f"the feed and its documents disagree on when it was at revision {join_names(astray)}"
    wanted = {
        number
        for number, change in made.items()
        if change.operation not in OPERATIONS_WITHOUT_STATE
    }
    lost = sorted(wanted - set(stored))
    if lost:
        yield f"has no document of revision {join_names(map(str, lost))}"


def _compute_spans(feed: Sequence[Any]) -> dict[int, PositionSpan]:
    """Return the span of each revision; a merged event's revision is never current."""
    spans: dict[int, PositionSpan] = {}
    is_merged = False
    for change, following in zip_longest(feed, feed[1:]):
        is_merged = change.operation == "merged" or (is_merged and change.operation == "updated")
        until = following.position if following is not None else None
        is_behind = is_merged and change.operation == "updated"
        spans[change.revision] = (change.position, change.position if is_behind else until)
    return spans


def get_span(row: Row[Any]) -> PositionSpan:
    """Return the span of a row."""
    return row.from_position, getattr(row, "until_position", None)


def make_span_key(span: PositionSpan) -> tuple[int, float]:
    """Return a key that sorts spans by time."""
    return span[0], float("inf") if span[1] is None else span[1]


def are_disjoint(spans: Sequence[PositionSpan]) -> bool:
    """Return whether each span begins before its end, and not before the end of the last one."""
    if any(end is not None and end <= begin for begin, end in spans):
        return False
    return all(end is not None and end <= begin for (_, end), (begin, _) in pairwise(spans))


def join_rows(
    present: Mapping[Any, list[Row[Any]]], past: Mapping[Any, list[Row[Any]]]
) -> dict[Any, list[Row[Any]]]:
    """Return the current and the past rows by the same key."""
    return {key: [*present.get(key, ()), *past.get(key, ())] for key in {*present, *past}}
