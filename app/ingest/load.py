"""Rows of events that are new, loaded as they were rendered; the others are left to the merge."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, union_all

from app.db.functions import any_of
from app.db.writing import Write
from app.ingest.ahead import Rendered
from app.ingest.prepare import PreparedRow
from app.models.changes import changes
from app.models.events import event_documents, events, past_event_documents
from app.models.imports import claim_rows
from app.record.fresh import load_fresh
from app.record.names import load_actor_names
from app.record.purged import PURGED
from app.record.statements import load_source_facts


def load_new(write: Write, rows: Sequence[PreparedRow], rendered: Rendered) -> list[PreparedRow]:
    """Load the events that are new, and return the rows of those that are not.

    Not new is also what was purged, for what rows wait, or whose place in the order is taken.
    """
    if not rows or not _still_holds(write, rendered):
        return list(rows)
    known = _known(write, [row.id for row in rows])
    taken = set(write.connection.scalars(_TAKEN, {"keys": sorted(rendered.keys)}))
    others: list[PreparedRow] = []
    left_out: set[int] = set()
    for row, key, (first, last) in zip(rows, rendered.keys, rendered.spans, strict=True):
        if row.id in known or key in taken:
            others.append(row)
            left_out.update(range(first, last + 1))
        taken.add(key)
    if len(others) < len(rows):
        load_fresh(write, rendered.rows, rendered.changes, left_out)
    return others


def _still_holds(write: Write, rendered: Rendered) -> bool:
    """Whether actors are called and sources judged as they were when the rows were rendered."""
    known = rendered.known
    connection = write.connection
    return (
        load_actor_names(connection, known.names) == known.names
        and load_source_facts(connection, known.facts) == known.facts
    )


def _known(write: Write, ids: list[UUID]) -> set[UUID]:
    return set(write.connection.scalars(_KNOWN, {"ids": ids}))


_KNOWN: Any = union_all(
    *(
        select(column).where(any_of(column, "ids"))
        for column in (event_documents.c.id, past_event_documents.c.id, claim_rows.c.event_id)
    ),
    select(changes.c.id).where(any_of(changes.c.id, "ids"), changes.c.operation == PURGED),
)
_TAKEN = select(events.c.order_key).where(any_of(events.c.order_key, "keys"))
