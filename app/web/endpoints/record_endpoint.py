"""Single records: reads by id or slug, redirects of merged records, and absent records."""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.errors import NotFound
from app.history.revisions import RecordKey
from app.query.execute import fetch_first
from app.query.filters.column_filters import Equals
from app.query.params import AsOfParam
from app.query.record_query import RecordQuery
from app.query.resource_type import ResourceType
from app.query.visibility import VisibleStatement, build_visibility
from app.record.document import RENDERING_VERSION, decode_document
from app.record.not_found import RecordTable, fetch_absence, format_key
from app.web.endpoints.as_of_reads import make_as_of_header, resolve_as_of
from app.web.http.responses import CACHING, JsonBytes, check_if_none_match, make_record_etag
from app.web.middleware.authentication import read_caller
from app.web.state import get_state

MOVED: dict[int | str, dict[str, Any]] = {
    308: {"description": "It was merged into the record at `Location`."}
}


async def answer_record(
    request: Request, resource_type: ResourceType, query: AsOfParam, key: RecordKey
) -> Response:
    """Answer the stored document, of the present or as of an earlier time."""
    state = get_state(request)
    by_key = await make_key_query(request, resource_type, query, key)
    page = await fetch_first(state.database, by_key, 1)
    if not page.rows:
        raise await explain_absence(request, by_key, key)
    document = page.rows[0][0]
    etag = make_record_etag(decode_document(document)["revision"], RENDERING_VERSION)
    headers = make_as_of_header(state, by_key.as_of)
    known = check_if_none_match(request, etag)
    return known or JsonBytes(document.encode(), etag=etag, headers=headers)


async def require_record(
    request: Request,
    resource_type: ResourceType,
    query: AsOfParam,
    record_id: UUID,
    *,
    or_merged: bool = False,
) -> None:
    """Raise the error of an absent record, now or as of an earlier time.

    For a record that was merged into another it is a redirect to that, unless `or_merged`.
    """
    by_key = await make_key_query(request, resource_type, query, record_id)
    page = await fetch_first(get_state(request).database, by_key, 1)
    if page.rows:
        return
    absent = await explain_absence(request, by_key, record_id)
    if not (or_merged and isinstance(absent, HTTPException)):
        raise absent


async def make_key_query(
    request: Request, resource_type: ResourceType, query: AsOfParam, key: RecordKey
) -> RecordQuery:
    """Return the query for one record, at the time that `as_of` names."""
    return RecordQuery(
        resource_type,
        read_caller(request),
        [Equals(resource_type.key).lower(query, resource_type.key, key)],
        as_of=await resolve_as_of(request, query.as_of),
        known_day=getattr(query, "known_by", None),
    )


async def explain_absence(request: Request, asked: RecordQuery, key: RecordKey) -> Exception:
    """Return the error for an absent record; for a merged record, a redirect to its winner."""
    resource_type, at = asked.resource_type, asked.as_of
    database = get_state(request).database
    absence = await fetch_absence(
        database, asked.caller, _make_record_table(resource_type), key, at
    )
    if absence.merged_into is not None:
        return _redirect_to(request, key, absence.merged_into)
    if at is not None or asked.known_day is not None:
        return NotFound(f"there was no {resource_type.name} {format_key(key)} at that time")
    return absence.make_error(resource_type.name, key)


@cache
def _make_record_table(resource_type: ResourceType) -> RecordTable:
    past = None if resource_type.past is None else resource_type.past_of_documents
    return RecordTable(resource_type.name, past, resource_type.key, resource_type.visible_by)


def _redirect_to(request: Request, key: RecordKey, other: RecordKey) -> HTTPException:
    """Return a 308 to the winner, to be revalidated, since merges can be undone."""
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


async def answer_current_record(
    request: Request,
    resource_type: ResourceType,
    key: RecordKey,
    query: AsOfParam | None = None,
    hint: Callable[[str], str] | None = None,
) -> Response:
    """Answer the present record with this key; `hint` adds a suggestion to the error."""
    if query is not None and query.as_of is not None:
        return await answer_record(request, resource_type, query, key)
    caller = read_caller(request)
    statement = make_record_statement(resource_type)
    rows = await statement.fetch(get_state(request).database, caller, {"key": key})
    if not rows:
        absent = await explain_absence(request, RecordQuery(resource_type, caller), key)
        if isinstance(absent, NotFound) and hint is not None:
            absent = NotFound(f"{absent.detail}{hint(str(key))}")
        raise absent
    ((document, revision),) = rows
    etag = make_record_etag(revision, RENDERING_VERSION)
    return check_if_none_match(request, etag) or JsonBytes(document.encode(), etag=etag)


@cache
def make_record_statement(resource_type: ResourceType) -> VisibleStatement:
    """Make the statement for the (document, revision) of the record bound as `key`."""
    table = resource_type.documents
    column = table.c[resource_type.key]
    this = column == bindparam("key", type_=column.type, required=True)
    return VisibleStatement(
        lambda caller: select(table.c.document, table.c.revision).where(
            this, *build_visibility(table, resource_type.visible_by, caller)
        )
    )
