"""Publication of saved queries, allowed if everything that they name and find is public."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from app.db.database import Database
from app.errors import Fault, Invalid
from app.query.names.resolve_names import resolve_slugs
from app.query.record_query import PageStart, RecordQuery, build_query
from app.resources.events.query import EventQuery
from app.resources.events.resource_type import EVENTS
from app.resources.questions.saved_query import compute_digest, parse_stored_query
from app.values.caller import ANONYMOUS, OPERATOR, Caller


def build_stored_query(row: Row[Any], query: EventQuery, caller: Caller) -> RecordQuery:
    """Return the query of a stored row for this caller, at the position it is pinned to."""
    start = PageStart(row.position)
    return build_query(EVENTS, query, caller, start, are_names_resolved=True)


async def require_public(database: Database, query: EventQuery, asked: RecordQuery) -> None:
    """Raise Invalid if the query names or finds, for its caller, anything that is not public."""
    if not await _has_public_names(database, query, asked.as_of):
        raise _make_refusal("it names something that is not public")
    everybody = await compute_digest(database, query, replace(asked, caller=ANONYMOUS))
    if await compute_digest(database, query, asked) != everybody:
        raise _make_refusal("it finds something that is not public")


async def is_public(database: Database, row: Row[Any]) -> bool:
    """Return whether a stored query without a known visibility may be public.

    Its digest must be that of the public records. A query from before saved queries had owners
    must find the same for the operator too, since its names were never checked.
    """
    try:
        query = parse_stored_query(row.asked)
    except Invalid:
        return False
    if not await _has_public_names(database, query, row.position):
        return False
    callers = [ANONYMOUS, OPERATOR] if is_undecided(row) else [ANONYMOUS]
    stored = (row.events, row.sha256)
    for caller in callers:
        if await compute_digest(database, query, build_stored_query(row, query, caller)) != stored:
            return False
    return True


def is_undecided(row: Row[Any]) -> bool:
    """Return whether the visibility of the saved query was never set."""
    return row.owner is None and row.revision == 1


async def _has_public_names(database: Database, query: EventQuery, at: int | None) -> bool:
    try:
        await resolve_slugs(database, query, ANONYMOUS, at)
    except Invalid:
        return False
    return True


def _make_refusal(why: str) -> Invalid:
    detail = f"the question cannot be public: {why}"
    return Invalid(detail, Fault(code="not-public", detail=detail, pointer="/visibility"))
