"""Reads of events: a page, a whole export or one event, in the requested representation."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.errors import Invalid, NotFound
from app.export.registry import get_file_formats, get_media_types
from app.export.writer import Writer
from app.query.execute import fetch_page
from app.query.filters.event_filters import TakesPart
from app.query.names.resolve_names import RefersTo, resolve_slugs
from app.query.params import QueryModel
from app.query.planning import plan
from app.query.record_query import PageStart, PlannedQuery, RecordQuery, build_query
from app.record.document import RENDERING_VERSION, decode_document
from app.resources.events.cached_exports import answer_export
from app.resources.events.dataset_citations import fetch_cited_datasets, make_citation_links
from app.resources.events.query import EventFilters, EventQuery, EventRenderParams, OneEventQuery
from app.resources.events.rendering import is_stored_form, make_writer, render_events, select_fields
from app.resources.events.resource_type import EVENTS
from app.resources.events.streaming import find_page_limit
from app.web.endpoints.as_of_reads import make_as_of_header, resolve_as_of
from app.web.endpoints.list_endpoint import (
    answer_page,
    make_next_cursor,
    make_record_query,
)
from app.web.endpoints.record_endpoint import explain_absence, make_key_query, make_record_statement
from app.web.http.negotiation import choose_format
from app.web.http.responses import (
    JsonBytes,
    check_if_none_match,
    make_list_etag,
    make_next_link,
    make_record_etag,
)
from app.web.middleware.authentication import read_caller
from app.web.state import get_state

JSON_MEDIA = {"json": "application/json"}
EVENT_MEDIA = JSON_MEDIA | {"geojson": "application/geo+json"}
EVENT_FORMATS = {**JSON_MEDIA, **get_media_types()}


async def plan_event_query(
    request: Request, query: EventFilters, limit: int | None = None
) -> PlannedQuery:
    """Plan the query of events that the parameters ask, for their count and aggregates."""
    start = PageStart(await resolve_as_of(request, query.as_of))
    asked = build_query(EVENTS, query, read_caller(request), start)
    return await plan(get_state(request).database, asked, limit)


async def answer_events_of_actor(request: Request, query: EventQuery, actor: str) -> Response:
    """Answer with the events that one actor takes part in."""
    asked = await make_record_query(request, EVENTS, query)
    slug = await _find_actor(request, actor, asked.as_of)
    of_actor = TakesPart().lower(query, "of", [slug])
    return await answer_record_query(request, query, replace(asked, predicates=[of_actor]))


async def answer_events(request: Request, query: EventQuery, suffix: str | None = None) -> Response:
    """Answer with the events of a query."""
    asked = await make_record_query(request, EVENTS, query)
    return await answer_record_query(request, query, asked, suffix)


async def answer_record_query(
    request: Request, query: EventQuery, asked: RecordQuery, suffix: str | None = None
) -> Response:
    """Answer with a page as JSON, or in another representation with a page or everything."""
    chosen = choose_format(request, EVENT_FORMATS, suffix=suffix, parameter=query.format)
    if chosen == "json":
        return await _answer_page(request, query, asked)
    database, limit = get_state(request).database, find_page_limit(query, asked)
    if chosen in get_file_formats() or limit is None:
        # Exports are pinned to a position, where no shorter way to a page exists.
        return await answer_export(request, query, await plan(database, asked), chosen)
    planned = await plan(database, asked, limit)
    return await _answer_formatted_page(request, query, planned, make_writer(query, chosen))


async def _find_actor(request: Request, actor: str, at: int | None) -> str:
    """Find the slug of an actor; raise NotFound unless it is there, and visible to the caller."""
    database, caller = get_state(request).database, read_caller(request)
    try:
        named = await resolve_slugs(database, _ActorPathQuery(actor=[actor]), caller, at)
    except Invalid as unknown:
        raise NotFound(unknown.detail) from None
    return named.actor[0]


class _ActorPathQuery(QueryModel):
    """An actor named in a path."""

    actor: Annotated[list[str], RefersTo("actor")]


async def _answer_page(request: Request, query: EventQuery, asked: RecordQuery) -> Response:
    database = get_state(request).database
    # The hot path; the same as `is_stored_form`, apart from the fields.
    is_as_stored = not (query.fields or query.include or query.known_by is not None)
    if is_as_stored:
        asked = replace(asked, as_bytes=True)
    planned = await plan(database, asked, query.limit)
    page = await fetch_page(database, planned)
    if is_as_stored:
        stored = [row[0] for row in page.rows]
        return await answer_page(request, query, planned, page, stored, as_stored=True)
    documents = await render_events(database, query, planned, page.rows)
    shown = [document.encode() for document in await select_fields(query, documents)]
    return await answer_page(request, query, planned, page, shown)


async def _answer_formatted_page(
    request: Request, query: EventQuery, planned: PlannedQuery, writer: Writer
) -> Response:
    state = get_state(request)
    links = make_citation_links(request, await fetch_cited_datasets(state, planned))
    page = await fetch_page(state.database, planned)
    body = writer.write_all(await render_events(state.database, query, planned, page.rows))
    etag = make_list_etag(body, state.sealer.secret)
    onward = make_next_link(request, make_next_cursor(request, query, planned, page))
    link = ", ".join([*onward.values(), links])
    as_of = make_as_of_header(state, planned.as_of)
    headers = {"content-type": writer.content_type, "link": link, **as_of}
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag, headers=headers)


async def answer_event(request: Request, query: OneEventQuery, event_id: UUID) -> Response:
    """Answer with one event, of now or of the time that `as_of` names."""
    if not query.model_fields_set and choose_format(request, EVENT_MEDIA) == "json":
        return await _answer_stored(request, event_id)
    state = get_state(request)
    asked = await make_key_query(request, EVENTS, query, event_id)
    planned = await plan(state.database, asked, 1)
    page = await fetch_page(state.database, planned)
    if not page.rows:
        raise await explain_absence(request, asked, event_id)
    chosen = choose_format(request, EVENT_MEDIA, parameter=query.format)
    documents = await render_events(state.database, query, planned, page.rows)
    plain = chosen == "json" and is_stored_form(query, asked) and not query.fields
    body = await _render_one(query, chosen, documents)
    revision = decode_document(page.rows[0][0])["revision"]
    etag = make_record_etag(revision, RENDERING_VERSION, None if plain else body)
    headers = {"content-type": EVENT_MEDIA[chosen], **make_as_of_header(state, planned.as_of)}
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag, headers=headers)


async def _render_one(query: EventRenderParams, chosen: str, documents: Sequence[str]) -> bytes:
    if chosen == "json":
        return (await select_fields(query, documents))[0].encode()
    return make_writer(query, chosen).write(documents[0])


async def _answer_stored(request: Request, event_id: UUID) -> Response:
    """Answer with the event as it is now, by the shortest way from the row to the answer."""
    caller = read_caller(request)
    statement = make_record_statement(EVENTS)
    rows = await statement.fetch(get_state(request).database, caller, {"key": event_id})
    if not rows:
        raise await explain_absence(request, RecordQuery(EVENTS, caller), event_id)
    ((document, revision),) = rows
    etag = make_record_etag(revision, RENDERING_VERSION)
    return check_if_none_match(request, etag) or JsonBytes(document.encode(), etag=etag)
