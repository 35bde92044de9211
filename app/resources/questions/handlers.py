"""Handlers of saved queries, which the API calls questions."""

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import Response

from app.db.transaction import Transaction
from app.errors import Gone, NotFound
from app.export.citation import CitedQuestion, format_citations
from app.query.names.resolve_names import refuse_same_record, resolve_slugs
from app.query.planning import plan
from app.query.record_query import PageStart, build_query
from app.record.revision_checks import check_revision
from app.resources.events.dataset_citations import fetch_cited_datasets
from app.resources.events.reads import answer_record_query
from app.resources.events.resource_type import EVENTS
from app.resources.questions.publication import build_stored_query, require_public
from app.resources.questions.query import QuestionListQuery, ResultQuery
from app.resources.questions.saved_query import (
    compute_digest,
    make_stored_parameters,
    parse_query,
    parse_stored_query,
    read_parameters,
)
from app.resources.questions.schemas import QuestionContent, QuestionCreate
from app.resources.questions.service import (
    PRIVATE,
    PUBLIC,
    SavedQueryDraft,
    add_saved_query,
    change_saved_query,
    count_saved_queries,
    delete_saved_query,
    find_private_datasets,
    find_saved_query,
    list_saved_queries,
    require_no_new_private,
    require_owner,
)
from app.values.caller import ANONYMOUS, Caller
from app.values.timestamps import format_timestamp
from app.web.endpoints.as_of_reads import resolve_as_of
from app.web.endpoints.keyset_list import RowSource, answer_rows, parse_created_key
from app.web.endpoints.list_endpoint import read_start
from app.web.endpoints.write_endpoint import run_transaction
from app.web.http.content_change import ContentChange
from app.web.http.responses import (
    JsonBytes,
    check_if_none_match,
    make_record_etag,
    read_required_revision,
)
from app.web.middleware.authentication import read_caller
from app.web.state import get_state, make_absolute_url

RENDERING = 1
"""Part of the ETag; increment it when the same saved query is rendered as other bytes."""


async def answer_creation(request: Request, body: QuestionCreate) -> Response:
    """Pin a query to a position and save it."""
    caller = read_caller(request)
    state = get_state(request)
    parameters = read_parameters(body.query)
    query = parse_query(parameters)
    at = await resolve_as_of(request, query.as_of or "now")
    named = await resolve_slugs(state.database, query, caller, at)
    refuse_same_record(query, named)
    asked = make_stored_parameters(parameters, query, named)
    record_query = build_query(EVENTS, named, caller, PageStart(at), are_names_resolved=True)
    private = await state.database.read(find_private_datasets)
    if body.visibility == PUBLIC:
        await require_public(state.database, named, record_query)
    everybody = replace(record_query, caller=ANONYMOUS)
    counted = await compute_digest(state.database, named, everybody)
    saving = SavedQueryDraft(body.title, asked, record_query.as_of or 0, *counted, body.visibility)

    def work(opened: Transaction, by: Caller) -> UUID:
        if body.visibility == PUBLIC:
            require_no_new_private(opened, private)
        return add_saved_query(opened, by, saving)

    id = await run_transaction(request, work)
    document = orjson.dumps(_render_document(request, await _find(request, id)))
    headers = {"location": f"/v1/questions/{id}"}
    etag = make_record_etag(1, RENDERING, document)
    return JsonBytes(document, status_code=201, etag=etag, headers=headers)


async def answer_change(
    request: Request, id: UUID, change: ContentChange[QuestionContent]
) -> Response:
    """Change the title or the visibility of a saved query."""
    row = await _find_own(request, id)
    caller, database = read_caller(request), get_state(request).database
    visibility = row.visibility or PRIVATE
    content = change.apply({**_render_document(request, row), "visibility": visibility})
    values = content.model_dump()
    is_published = content.visibility == PUBLIC and row.visibility != PUBLIC
    private = await database.read(find_private_datasets)
    if is_published:
        query = parse_stored_query(row.asked)
        await require_public(database, query, build_stored_query(row, query, caller))

    def work(opened: Transaction, _: Caller) -> None:
        if is_published:
            require_no_new_private(opened, private)
        change_saved_query(opened, row, **values)

    if values != {"title": row.title, "visibility": row.visibility}:
        await run_transaction(request, work)
    changed = await _find(request, id)
    body = orjson.dumps(_render_document(request, changed))
    return JsonBytes(body, etag=make_record_etag(changed.revision, RENDERING, body))


async def answer_deletion(request: Request, id: UUID) -> Response:
    """Delete a saved query."""
    row = await _find_own(request, id)
    await run_transaction(request, lambda opened, _: delete_saved_query(opened, row))
    return Response(status_code=204)


async def answer_saved_query(request: Request, id: UUID) -> Response:
    """Answer with a saved query, its citation, and the datasets in its result."""
    state, row = get_state(request), await _find(request, id)
    record_query = build_stored_query(row, parse_stored_query(row.asked), read_caller(request))
    planned = await plan(state.database, record_query)
    about = {
        **_render_document(request, row),
        "datasets": await fetch_cited_datasets(state, planned),
    }
    body = orjson.dumps(about)
    etag = make_record_etag(row.revision, RENDERING, body)
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag)


async def answer_result(
    request: Request, id: UUID, shown: ResultQuery, suffix: str | None = None
) -> Response:
    """Answer with the result of a saved query, at the position that it is pinned to.

    Its slugs mean the records of that position, whatever was merged since.
    """
    row, state = await _find(request, id), get_state(request)
    how = shown.model_dump(exclude_unset=True)
    query = parse_stored_query(
        {**row.asked, **how, "as_of": state.sealer.seal_position(row.position)}
    )
    start, caller = await read_start(request, query), read_caller(request)
    record_query = build_query(EVENTS, query, caller, start, are_names_resolved=True)
    return await answer_record_query(request, query, record_query, suffix)


async def answer_saved_queries(request: Request, query: QuestionListQuery) -> Response:
    """Answer a page of the saved queries that the caller may see."""
    caller = read_caller(request)
    source = RowSource(
        load=lambda read, limit, after: list_saved_queries(
            read, caller, limit, parse_created_key(after)
        ),
        count=lambda read: count_saved_queries(read, caller),
        render=partial(_render_document, request),
    )
    return await answer_rows(request, query, source)


async def _find(request: Request, id: UUID) -> Row[Any]:
    """Find a visible saved query; raise NotFound, or Gone with its citation if it was deleted."""
    caller, database = read_caller(request), get_state(request).database
    row = await database.read(lambda read: find_saved_query(read, caller, id))
    if row is None:
        raise NotFound(f"there is no question {id}")
    if row.deleted_at is not None:
        cited = _render_document(request, row)["citation"]["apa"]
        raise Gone(f"the question {id} was deleted; it was cited as: {cited}")
    return row


async def _find_own(request: Request, id: UUID) -> Row[Any]:
    """Find the caller's saved query; raise ScopeMissing or Stale otherwise."""
    required, row = read_required_revision(request), await _find(request, id)
    require_owner(read_caller(request), row)
    check_revision(required, row.revision)
    return row


def _render_document(request: Request, row: Row[Any]) -> dict[str, Any]:
    address = f"/v1/questions/{row.id}"
    created_at = format_timestamp(row.created_at)
    url = make_absolute_url(request, address)
    is_known = read_caller(request).key_id is not None
    return {
        "id": str(row.id),
        "revision": row.revision,
        "title": row.title,
        "visibility": row.visibility,
        **({"owner": row.owner} if is_known else {}),
        "asked": row.asked,
        "as_of": get_state(request).sealer.seal_position(row.position),
        "events": row.events,
        "sha256": row.sha256,
        "result": f"{address}/events",
        "citation": format_citations(
            CitedQuestion(str(row.id), row.title, created_at[:10], url, row.sha256)
        ),
        "created_at": created_at,
    }
