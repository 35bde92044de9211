"""Answering one record of a noun that keeps its past."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.db.statements import Statement
from app.db.types import RecordId
from app.errors import NotFound
from app.query.filters import Equals
from app.query.merged import winners_at
from app.query.noun import Noun
from app.query.params import AsOf
from app.query.question import Question
from app.query.read import read_page
from app.query.visibility import grants, visible
from app.record.document import RENDERING, decode
from app.record.find import missing
from app.record.purged import select_purged
from app.values.callers import ANONYMOUS, OPERATOR, Caller
from app.web.backing import backing_of
from app.web.caller import caller_of
from app.web.conditional import CACHING, if_none_match, record_etag
from app.web.moments import at_moment, moment_header
from app.web.pages import JsonBytes

MOVED: dict[int | str, dict[str, Any]] = {
    308: {"description": "The event was merged into the one that `Location` leads to."}
}


async def answer_record(request: Request, noun: Noun, query: AsOf, record_id: UUID) -> Response:
    """The stored document, of now or of the moment asked for."""
    backing = backing_of(request)
    question = by_id(noun, caller_of(request), query, record_id)
    question = await at_moment(request, question, query.as_of)
    page = await read_page(backing.database, question, 1)
    if not page.rows:
        raise await absence(request, question, record_id)
    document = page.rows[0][0]
    etag = record_etag(decode(document)["revision"], RENDERING)
    headers = moment_header(backing, question)
    known = if_none_match(request, etag)
    return known or JsonBytes(document.encode(), etag=etag, headers=headers)


async def require_record(
    request: Request, noun: Noun, query: AsOf, record_id: UUID, *, or_merged: bool = False
) -> None:
    """Refuse what hangs on a record that cannot be had, now or at the moment asked for.

    What hangs on one that was merged away is sent to its winner, unless `or_merged`.
    """
    question = by_id(noun, caller_of(request), query, record_id)
    question = await at_moment(request, question, query.as_of)
    page = await read_page(backing_of(request).database, question, 1)
    if page.rows:
        return
    absent = await absence(request, question, record_id)
    if not (or_merged and isinstance(absent, HTTPException)):
        raise absent


def by_id(noun: Noun, caller: Caller, query: AsOf, record_id: UUID) -> Question:
    """The question for one record."""
    return Question(noun, caller, [Equals("id").lower(query, "id", record_id)])


async def absence(request: Request, question: Question, record_id: UUID) -> Exception:
    """Why a record cannot be had: it never was, was deleted, or was not there at the moment.

    Of an event that was merged into another one, the way to that.
    """
    noun, caller = question.noun, question.caller
    if noun.name == "event":
        winners = await winners_at(backing_of(request).database, question, [record_id])
        if record_id in winners:
            return _elsewhere(request, record_id, winners[record_id])
    if question.as_of is not None or question.known_day is not None:
        return NotFound(f"there was no {noun.name} {record_id} at that moment")
    key = (noun.name, caller.sees_all)
    if key not in _EVER:
        _EVER[key] = _ever(noun, OPERATOR if caller.sees_all else ANONYMOUS)
    values: dict[str, Any] = {"id": record_id, **grants(caller)}
    database = backing_of(request).database
    if await database.fetch(_EVER[key], values):
        return missing(noun.name, record_id, deleted=True)
    purged = await database.fetch(_PURGED[caller.sees_all], values)
    return missing(noun.name, record_id, deleted=False, purged=bool(purged))


def _elsewhere(request: Request, record_id: UUID, winner: UUID) -> HTTPException:
    """308 to what stands for the record; asked for again each time, since a merge can be undone."""
    steps = [
        str(winner) if _names(step, record_id) else step
        for step in request.scope["path"].split("/")
    ]
    query = request.scope["query_string"].decode("latin-1")
    location = "/".join(steps) + (f"?{query}" if query else "")
    return HTTPException(308, headers={**CACHING, "location": location})


def _names(step: str, record_id: UUID) -> bool:
    try:
        return UUID(step) == record_id
    except ValueError:
        return False


def _ever(noun: Noun, caller: Caller) -> Statement:
    past = noun.past_documents if noun.past_documents is not None else noun.past
    assert past is not None, f"{noun.name} keeps no past"
    this = past.c.id == bindparam("id", type_=RecordId, required=True)
    return Statement(
        select(past.c.id).where(this, *visible(past, noun.visible_by, caller)).limit(1)
    )


_EVER: dict[tuple[str, bool], Statement] = {}
_PURGED = [Statement(select_purged(asker)) for asker in (ANONYMOUS, OPERATOR)]
