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
from app.history.revisions import RecordKey
from app.query.event_redirects import fetch_winners
from app.query.execute import read_page
from app.query.filters.column_filters import Equals
from app.query.params import AsOfParam
from app.query.record_query import PlannedQuery
from app.query.resource_type import ResourceType
from app.query.slug_redirects import MERGEABLE_TABLES, select_redirects
from app.query.visibility import bind_grants, build_visibility
from app.record.document import RENDERING_VERSION, decode_document
from app.record.require import format_key, make_missing_error
from app.record.tombstones import select_purged
from app.values.caller import ANONYMOUS, OPERATOR, Caller
from app.values.ids import make_slug_id
from app.web.endpoints.as_of_reads import apply_as_of, make_as_of_header
from app.web.http.conditional import CACHING, check_if_none_match, make_record_etag
from app.web.http.responses import JsonBytes
from app.web.middleware.authentication import read_caller
from app.web.state import get_state

MOVED: dict[int | str, dict[str, Any]] = {
    308: {"description": "It was merged into the one that `Location` leads to."}
}


async def answer_record(
    request: Request, noun: ResourceType, query: AsOfParam, key: RecordKey
) -> Response:
    """The stored document, of now or of the moment asked for."""
    backing = get_state(request)
    question = make_id_query(noun, read_caller(request), query, key)
    question = await apply_as_of(request, question, query.as_of)
    page = await read_page(backing.database, question, 1)
    if not page.rows:
        raise await explain_absence(request, question, key)
    document = page.rows[0][0]
    etag = make_record_etag(decode_document(document)["revision"], RENDERING_VERSION)
    headers = make_as_of_header(backing, question)
    known = check_if_none_match(request, etag)
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
    question = make_id_query(noun, read_caller(request), query, record_id)
    question = await apply_as_of(request, question, query.as_of)
    page = await read_page(get_state(request).database, question, 1)
    if page.rows:
        return
    absent = await explain_absence(request, question, record_id)
    if not (or_merged and isinstance(absent, HTTPException)):
        raise absent


def make_id_query(
    noun: ResourceType, caller: Caller, query: AsOfParam, key: RecordKey
) -> PlannedQuery:
    """The question for one record."""
    return PlannedQuery(noun, caller, [Equals(noun.key).lower(query, noun.key, key)])


async def explain_absence(request: Request, question: PlannedQuery, key: RecordKey) -> Exception:
    """Why a record cannot be had: it never was, was deleted, or was not there at the moment.

    Of one that was merged into another, the way to that.
    """
    noun, caller = question.noun, question.caller
    other = await _find_replacement(request, question, key)
    if other is not None:
        return _redirect_to(request, key, other)
    if question.as_of is not None or question.known_day is not None:
        return NotFound(f"there was no {noun.name} {format_key(key)} at that moment")
    values: dict[str, Any] = {"key": key, **bind_grants(caller)}
    database = get_state(request).database
    if noun.past is not None and await database.fetch(
        _make_past_statement(noun, caller.sees_all), values
    ):
        return make_missing_error(noun.name, key, deleted=True)
    id = key if isinstance(key, UUID) else make_slug_id(noun.name, key)
    purged = await database.fetch(
        _PURGED_STATEMENTS[caller.sees_all], {"id": id, **bind_grants(caller)}
    )
    return make_missing_error(noun.name, key, deleted=False, purged=bool(purged))


async def _find_replacement(
    request: Request, question: PlannedQuery, key: RecordKey
) -> RecordKey | None:
    """The record into which this one was merged, now or at the moment asked for."""
    noun, caller = question.noun, question.caller
    database = get_state(request).database
    if isinstance(key, UUID):
        merges = noun.name == "event"
        return (await fetch_winners(database, question, [key])).get(key) if merges else None
    if noun.name not in MERGEABLE_TABLES:
        return None
    asked = _make_redirect_statement(noun.name, caller.sees_all, question.as_of is not None)
    values = {"slugs": [key], "at_position": question.as_of, **bind_grants(caller)}
    others = {str(into) for _, into in await database.fetch(asked, values)} - {key}
    return next(iter(others), None)


def _redirect_to(request: Request, key: RecordKey, other: RecordKey) -> HTTPException:
    """308 to what stands for the record; asked for again each time, since a merge can be undone."""
    steps = request.scope["path"].split("/")
    if isinstance(key, UUID):
        steps = [str(other) if _is_same_id(step, key) else step for step in steps]
    else:
        steps[-1] = str(other)
    query = request.scope["query_string"].decode("latin-1")
    location = "/".join(steps) + (f"?{query}" if query else "")
    return HTTPException(308, headers={**CACHING, "location": location})


def _is_same_id(step: str, record_id: UUID) -> bool:
    try:
        return UUID(step) == record_id
    except ValueError:
        return False


@cache
def _make_past_statement(noun: ResourceType, sees_all: bool) -> Statement:
    past = noun.past_of_documents
    column = past.c[noun.key]
    this = column == bindparam("key", type_=column.type, required=True)
    seen = build_visibility(past, noun.visible_by, OPERATOR if sees_all else ANONYMOUS)
    return Statement(select(column).where(this, *seen).limit(1))


@cache
def _make_redirect_statement(noun: str, sees_all: bool, as_of: bool) -> Statement:
    return Statement(select_redirects(noun, OPERATOR if sees_all else ANONYMOUS, as_of=as_of))


_PURGED_STATEMENTS = [Statement(select_purged(asker)) for asker in (ANONYMOUS, OPERATOR)]
