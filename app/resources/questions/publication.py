"""Whether a saved question may be public: all that it names and counts is what everybody sees."""

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
    """A stored question as it is put to the database for this caller."""
    start = PageStart(row.position)
    return build_query(EVENTS, query, caller, start, are_names_resolved=True)


async def require_public(database: Database, query: EventQuery, question: RecordQuery) -> None:
    """Refuse to publish a question that names or finds, for its caller, what others do not see."""
    if not await _has_public_names(database, query, question.as_of):
        raise _make_refusal("it names what not everybody may see")
    everybody = await compute_digest(database, query, replace(question, caller=ANONYMOUS))
    if await compute_digest(database, query, question) != everybody:
        raise _make_refusal("it finds what not everybody may see")


async def is_public(database: Database, row: Row[Any]) -> bool:
    """Whether a stored question of which that is not known may be public.

    Its digest must be that of what everybody sees. One that was stored before questions had owners
    must find nothing else either: nobody has looked at what it names.
    """
    try:
        query = parse_stored_query(row.asked)
    except Invalid:
        return False
    if not await _has_public_names(database, query, row.position):
        return False
    askers = [ANONYMOUS, OPERATOR] if is_undecided(row) else [ANONYMOUS]
    stored = (row.events, row.sha256)
    for asker in askers:
        if await compute_digest(database, query, build_stored_query(row, query, asker)) != stored:
            return False
    return True


def is_undecided(row: Row[Any]) -> bool:
    """Whether nobody has ever said who may see the question."""
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
