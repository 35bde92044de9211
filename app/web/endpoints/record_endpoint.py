"""Answering one record of a noun that keeps its past."""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.db.statements import Statement
from app.errors import NotFound
from app.history.revisions import Key
from app.query.event_redirects import fetch_winners
from app.query.execute import read_page
from app.query.filters.column_filters import Equals
from app.query.params import AsOfParam
from app.query.record_query import RecordQuery
from app.query.resource_type import ResourceType
from app.query.slug_redirects import MERGEABLE_TABLES, select_redirects
from app.query.visibility import bind_grants, build_visibility
from app.record.document import RENDERING, decode
from app.record.require import missing, shown_key
from app.record.tombstones import select_purged
from app.values.caller import ANONYMOUS, OPERATOR, Caller
from app.values.ids import slug_id
from app.web.endpoints.as_of_reads import at_moment, moment_header
from app.web.http.conditional import CACHING, if_none_match, record_etag
from app.web.http.responses import JsonBytes
from app.web.middleware.authentication import caller_of
from app.web.state import backing_of

MOVED: dict[int | str, dict[str, Any]] = {
    308: {"description": "It was merged into the one that `Location` leads to."}
}


async def answer_record(
    request: Request, noun: ResourceType, query: AsOfParam, key: Key
) -> Response:
    """The stored document, of now or of the moment asked for."""
    backing = backing_of(request)
    question = by_id(noun, caller_of(request), query, key)
    question = await at_moment(request, question, query.as_of)
    page = await read_page(backing.database, question, 1)
    if not page.rows:
        raise await absence(request, question, key)
    document = page.rows[0][0]
    etag = record_etag(decode(document)["revision"], RENDERING)
    headers = moment_header(backing, question)
    known = if_none_match(request, etag)
    return known or JsonBytes(document.encode(), etag=etag, headers=headers)


async def require_record(
    request: Request,
    noun: ResourceType,
    query: AsOfParam,
    record_id: UUID,
    *,
    or_merged: bool = False,
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


def by_id(noun: ResourceType, caller: Caller, query: AsOfParam, key: Key) -> RecordQuery:
    """The question for one record."""
    return RecordQuery(noun, caller, [Equals(noun.key).lower(query, noun.key, key)])


async def absence(request: Request, question: RecordQuery, key: Key) -> Exception:
    """Why a record cannot be had: it never was, was deleted, or was not there at the moment.

    Of one that was merged into another, the way to that.
    """
    noun, caller = question.noun, question.caller
    other = await _standing_for(request, question, key)
    if other is not None:
        return _elsewhere(request, key, other)
    if question.as_of is not None or question.known_day is not None:
        return NotFound(f"there was no {noun.name} {shown_key(key)} at that moment")
    values: dict[str, Any] = {"key": key, **bind_grants(caller)}
    database = backing_of(request).database
    if noun.past is not None and await database.fetch(_ever(noun, caller.sees_all), values):
        return missing(noun.name, key, deleted=True)
    id = key if isinstance(key, UUID) else slug_id(noun.name, key)
    purged = await database.fetch(_PURGED[caller.sees_all], {"id": id, **bind_grants(caller)})
    return missing(noun.name, key, deleted=False, purged=bool(purged))


async def _standing_for(request: Request, question: RecordQuery, key: Key) -> Key | None:
    """The record into which this one was merged, now or at the moment asked for."""
    noun, caller = question.noun, question.caller
    database = backing_of(request).database
    if isinstance(key, UUID):
        merges = noun.name == "event"
        return (await fetch_winners(database, question, [key])).get(key) if merges else None
    if noun.name not in MERGEABLE_TABLES:
        return None
    asked = _answering(noun.name, caller.sees_all, question.as_of is not None)
    values = {"slugs": [key], "at_position": question.as_of, **bind_grants(caller)}
    others = {str(into) for _, into in await database.fetch(asked, values)} - {key}
    return next(iter(others), None)


def _elsewhere(request: Request, key: Key, other: Key) -> HTTPException:
    """308 to what stands for the record; asked for again each time, since a merge can be undone."""
    steps = request.scope["path"].split("/")
    if isinstance(key, UUID):
        steps = [str(other) if _names(step, key) else step for step in steps]
    else:
        steps[-1] = str(other)
    query = request.scope["query_string"].decode("latin-1")
    location = "/".join(steps) + (f"?{query}" if query else "")
    return HTTPException(308, headers={**CACHING, "location": location})


def _names(step: str, record_id: UUID) -> bool:
    try:
        return UUID(step) == record_id
    except ValueError:
        return False


@cache
def _ever(noun: ResourceType, sees_all: bool) -> Statement:
    past = noun.past_of_documents
    column = past.c[noun.key]
    this = column == bindparam("key", type_=column.type, required=True)
    seen = build_visibility(past, noun.visible_by, OPERATOR if sees_all else ANONYMOUS)
    return Statement(select(column).where(this, *seen).limit(1))


@cache
def _answering(noun: str, sees_all: bool, as_of: bool) -> Statement:
    return Statement(select_redirects(noun, OPERATOR if sees_all else ANONYMOUS, as_of=as_of))


_PURGED = [Statement(select_purged(asker)) for asker in (ANONYMOUS, OPERATOR)]
