"""Answers about events: a page, a stream of all, one event, in the representation asked for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.errors import Invalid, NotFound
from app.export.registry import get_file_formats, get_media_types
from app.export.writer import Writer
from app.query.build_query import build_query
from app.query.execute import read_page
from app.query.filters.event_filters import TakesPart
from app.query.names.resolve_names import RefersTo, resolve_names, resolve_slugs
from app.query.params import QueryModel
from app.query.record_query import PlannedQuery
from app.record.document import RENDERING_VERSION, decode_document
from app.resources.events.cached_exports import answer_export
from app.resources.events.dataset_citations import fetch_cited_datasets, make_citation_links
from app.resources.events.query import EventFilters, EventQuery, EventRenderParams, OneEventQuery
from app.resources.events.rendering import is_stored_form, make_writer, render_events, select_fields
from app.resources.events.resource_type import EVENTS
from app.web.endpoints.as_of_reads import apply_as_of, make_as_of_header, resolve_as_of
from app.web.endpoints.list_endpoint import (
    answer_page,
    make_next_cursor,
    make_record_query,
    make_record_query_from,
    read_start,
)
from app.web.endpoints.record_endpoint import explain_absence, make_id_query
from app.web.endpoints.slug_endpoint import make_record_statement
from app.web.http.conditional import check_if_none_match, make_list_etag, make_record_etag
from app.web.http.negotiation import choose_format
from app.web.http.responses import JsonBytes, make_next_link
from app.web.middleware.authentication import read_caller
from app.web.state import get_state

JSON_MEDIA = {"json": "application/json"}
EVENT_MEDIA = JSON_MEDIA | {"geojson": "application/geo+json"}


async def make_event_query(request: Request, query: EventFilters) -> PlannedQuery:
    """The question that the parameters ask, at the moment and the day that they name."""
    caller, at = read_caller(request), await resolve_as_of(request, query.as_of)
    named = await resolve_names(get_state(request).database, query, caller, at)
    return replace(build_query(EVENTS, named, caller), known_day=named.known_by, as_of=at)


async def answer_events_of_actor(request: Request, query: EventQuery, actor: str) -> Response:
    """The events that one actor takes part in."""
    start = await read_start(request, query)
    slug = await _find_actor(request, actor, start.at)
    question = await make_record_query_from(request, EVENTS, query, start)
    of_actor = TakesPart().lower(query, "of", [slug])
    question = replace(question, predicates=[*question.predicates, of_actor])
    return await answer_record_query(request, query, question)


async def answer_events(request: Request, query: EventQuery, suffix: str | None = None) -> Response:
    """The events that the query asks for, as it wants them."""
    return await answer_record_query(
        request, query, await make_record_query(request, EVENTS, query), suffix
    )


async def answer_record_query(
    request: Request, query: EventQuery, question: PlannedQuery, suffix: str | None = None
) -> Response:
    """A page as JSON, or in another representation a page or everything."""
    makes = {**JSON_MEDIA, **get_media_types()}
    chosen = choose_format(request, makes, suffix=suffix, parameter=query.format)
    if query.known_by is not None:
        question = replace(question, known_day=query.known_by)
    if chosen == "json":
        return await _answer_page(request, query, question)
    if chosen not in get_file_formats() and _wants_page(query):
        return await _answer_formatted_page(request, query, question, make_writer(query, chosen))
    return await answer_export(request, query, question, chosen)


def _wants_page(query: EventQuery) -> bool:
    """Whether a page is asked for, and not the whole answer."""
    return "limit" in query.model_fields_set or query.cursor is not None


async def _find_actor(request: Request, actor: str, at: int | None) -> str:
    """The slug of the actor that is meant; NotFound if it is not there, or not for this caller."""
    database, caller = get_state(request).database, read_caller(request)
    try:
        named = await resolve_slugs(database, _ActorPathQuery(actor=[actor]), caller, at)
    except Invalid as unknown:
        raise NotFound(unknown.detail) from None
    return named.actor[0]


class _ActorPathQuery(QueryModel):
    """An actor named in a path."""

    actor: Annotated[list[str], RefersTo("actor")]


async def _answer_page(request: Request, query: EventQuery, question: PlannedQuery) -> Response:
    database = get_state(request).database
    if is_stored_form(query, question) and not query.fields:
        question = replace(question, as_bytes=True)
        page = await read_page(database, question, query.limit)
        stored = [row[0] for row in page.rows]
        return await answer_page(request, query, question, page, stored, as_stored=True)
    page = await read_page(database, question, query.limit)
    documents = await render_events(database, query, question, page.rows)
    shown = [each.encode() for each in await select_fields(query, documents)]
    return await answer_page(request, query, question, page, shown)


async def _answer_formatted_page(
    request: Request, query: EventQuery, question: PlannedQuery, writer: Writer
) -> Response:
    backing = get_state(request)
    links = make_citation_links(request, await fetch_cited_datasets(backing, question))
    page = await read_page(backing.database, question, query.limit)
    body = writer.write_all(await render_events(backing.database, query, question, page.rows))
    etag = make_list_etag(body, backing.seal.secret)
    onward = make_next_link(request, make_next_cursor(request, query, question, page))
    link = ", ".join([*onward.values(), links])
    moment = make_as_of_header(backing, question)
    headers = {"content-type": writer.content_type, "link": link, **moment}
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag, headers=headers)


async def answer_event(request: Request, query: OneEventQuery, event_id: UUID) -> Response:
    """One event, of now or of the moment asked for, as the query wants it shown."""
    backing = get_state(request)
    if not query.model_fields_set and choose_format(request, EVENT_MEDIA) == "json":
        return await _answer_stored(request, query, event_id)
    question = make_id_query(EVENTS, read_caller(request), query, event_id)
    question = replace(question, known_day=query.known_by)
    question = await apply_as_of(request, question, query.as_of)
    page = await read_page(backing.database, question, 1)
    if not page.rows:
        raise await explain_absence(request, question, event_id)
    chosen = choose_format(request, EVENT_MEDIA, parameter=query.format)
    documents = await render_events(backing.database, query, question, page.rows)
    plain = chosen == "json" and is_stored_form(query, question) and not query.fields
    body = await _render_one(query, chosen, documents)
    revision = decode_document(page.rows[0][0])["revision"]
    etag = make_record_etag(revision, RENDERING_VERSION, None if plain else body)
    headers = {"content-type": EVENT_MEDIA[chosen], **make_as_of_header(backing, question)}
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag, headers=headers)


async def _render_one(query: EventRenderParams, chosen: str, documents: Sequence[str]) -> bytes:
    if chosen == "json":
        return (await select_fields(query, documents))[0].encode()
    return make_writer(query, chosen).write(documents[0])


async def _answer_stored(request: Request, query: OneEventQuery, event_id: UUID) -> Response:
    """The event as it is now: the shortest way from the row to the answer."""
    caller = read_caller(request)
    statement = make_record_statement(EVENTS)
    rows = await statement.fetch(get_state(request).database, caller, {"key": event_id})
    if not rows:
        raise await explain_absence(
            request, make_id_query(EVENTS, caller, query, event_id), event_id
        )
    ((document, revision),) = rows
    etag = make_record_etag(revision, RENDERING_VERSION)
    return check_if_none_match(request, etag) or JsonBytes(document.encode(), etag=etag)
