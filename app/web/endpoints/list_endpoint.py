"""Lists: a page of stored documents with its count, its cursor and its ETag."""

from collections.abc import Sequence
from dataclasses import replace

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.query.execute import ResultPage, fetch_page
from app.query.opaque_tokens import describe_cursor_scope
from app.query.params import PageParams
from app.query.planning import plan
from app.query.predicates import Predicate
from app.query.record_query import PageStart, PlannedQuery, RecordQuery, build_query
from app.query.resource_type import ResourceType
from app.record.document import RENDERING_VERSION
from app.web.endpoints.as_of_reads import make_as_of_header, resolve_as_of
from app.web.http.responses import (
    JsonBytes,
    check_if_none_match,
    make_list_etag,
    make_next_link,
    make_page_etag,
    wrap_items,
)
from app.web.middleware.authentication import read_caller
from app.web.state import AppState, get_state


async def answer_list(
    request: Request, resource_type: ResourceType, query: PageParams, *predicates: Predicate
) -> Response:
    """Answer a page; its filters are those of the parameters and those of the path."""
    database = get_state(request).database
    asked = await make_record_query(request, resource_type, query)
    asked = replace(asked, predicates=predicates, as_bytes=True)
    planned = await plan(database, asked, query.limit)
    page = await fetch_page(database, planned)
    return await answer_page(request, query, planned, page, [row[0] for row in page.rows])


async def make_record_query(
    request: Request, resource_type: ResourceType, query: PageParams
) -> RecordQuery:
    """Return the query of a list, from the position of its cursor, or else of `as_of`."""
    return build_query(resource_type, query, read_caller(request), await read_start(request, query))


async def read_start(request: Request, query: PageParams) -> PageStart:
    """Return the start of the page: that of the cursor, or else the position of `as_of`."""
    if query.cursor is None:
        as_of = getattr(query, "as_of", None)
        return PageStart() if as_of is None else PageStart(await resolve_as_of(request, as_of))
    text = describe_cursor_scope(query, request.scope["path"])
    keys, at = get_state(request).sealer.open_cursor(text, query.cursor)
    return PageStart(at, keys)


async def answer_page(
    request: Request,
    query: PageParams,
    planned: PlannedQuery,
    page: ResultPage,
    documents: Sequence[bytes],
    *,
    as_stored: bool = False,
) -> Response:
    """Answer one page with the documents as they are shown.

    `as_stored`: they are stored documents, which begin with id and revision, so that these alone
    show if the page has changed.
    """
    state = get_state(request)
    position = planned.as_of
    extra = {"as_of": state.sealer.seal_position(position)} if position is not None else None
    cursor = make_next_cursor(request, query, planned, page)
    count = await count_if_asked(state, query, planned)
    body = wrap_items(b",".join(documents), cursor, count, extra)
    if as_stored:
        rest = orjson.dumps([RENDERING_VERSION, cursor, count, extra])
        etag = make_page_etag(documents, rest, state.sealer.secret)
    else:
        etag = make_list_etag(body, state.sealer.secret)
    known = check_if_none_match(request, etag)
    headers = make_next_link(request, cursor)
    if position is not None:
        headers |= make_as_of_header(state, position)
    return known or JsonBytes(body, etag=etag, headers=headers)


def make_next_cursor(
    request: Request,
    query: PageParams,
    planned: PlannedQuery,
    page: ResultPage,
    path: str | None = None,
) -> str | None:
    """Return the cursor of the next page, if there is one; `path` is the path that it is for."""
    if page.next_key is None:
        return None
    text = describe_cursor_scope(query, path or request.scope["path"])
    return get_state(request).sealer.seal_cursor(text, page.next_key, planned.as_of)


async def count_if_asked(
    state: AppState, query: PageParams, planned: PlannedQuery
) -> dict[str, int | str] | None:
    """Return the count of the whole result, if the query asks for it."""
    if query.count == "none":
        return None
    return {"value": await state.engine.count_records(planned.from_start()), "kind": "exact"}
