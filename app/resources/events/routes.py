"""The URLs of events."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Gone, NotAcceptable, RangeNotSatisfiable
from app.export.registry import get_file_formats, get_media_types, list_formats
from app.resources.events import service
from app.resources.events.batch import create_batch
from app.resources.events.dataset_citations import Citation, answer_citation
from app.resources.events.geojson_schemas import EventFeature, EventFeatures
from app.resources.events.query import EventCountQuery, EventQuery, OneEventQuery
from app.resources.events.reads import (
    answer_event,
    answer_events,
    answer_events_of_actor,
    plan_event_query,
)
from app.resources.events.resource_type import EVENTS
from app.resources.events.schemas import (
    Event,
    EventCreate,
    EventPart,
    EventPatch,
    EventReplace,
)
from app.resources.events.source_row import SourceRow, answer_source_row
from app.vocab.field_types import ActorSlug
from app.web.endpoints.as_of_reads import make_as_of_header
from app.web.endpoints.history_endpoint import (
    HistoryEntry,
    HistoryQuery,
    answer_history,
    answer_revision,
)
from app.web.endpoints.record_endpoint import MOVED
from app.web.endpoints.write_endpoint import (
    answer_change,
    answer_create,
    answer_delete,
    answer_restore,
)
from app.web.errors.problems import make_error_responses
from app.web.http.content_change import ContentChange, MergePatch, Replacement
from app.web.http.negotiation import (
    GEOJSON,
    JSON,
    MERGE_PATCH,
    NDJSON,
    check_content_type,
)
from app.web.http.request_body import read_json, validate_body
from app.web.http.responses import JsonBytes, check_if_none_match, encode_count, make_list_etag
from app.web.openapi.openapi_document import (
    describe_request_body,
    refer_to_model,
)
from app.web.path_params import EventId, RevisionPath
from app.web.routing.query_route import CachedRoute
from app.web.schemas import Count, make_list_model
from app.web.state import get_state

Suffix = Annotated[
    str,
    Path(
        description="The representation.",
        examples=["geojson"],
        json_schema_extra={"enum": ["json", *get_media_types()]},
    ),
]
ActorPath = Annotated[ActorSlug, Path(description="The actor's slug.")]

_EVENT_ADAPTER = TypeAdapter(EventCreate)

router = APIRouter(prefix="/v1", tags=["events"], route_class=CachedRoute)

EventList = make_list_model(Event)
EventPartList = make_list_model(EventPart)
LIST_RESPONSES: dict[int | str, Any] = {
    200: {
        "model": EventList | EventPartList,
        "description": "A page, or in another representation the whole result. With `fields` the"
        " events have only those.",
        "content": {
            **{format.media_type: format.reference for format in list_formats()},
            GEOJSON: refer_to_model(EventFeatures),
        },
    },
    206: {
        "description": "The bytes of a file that Range asks for.",
        "content": {format.media_type: format.reference for format in get_file_formats().values()},
    },
    **make_error_responses(NotAcceptable, RangeNotSatisfiable),
}
EVENT_RESPONSES: dict[int | str, Any] = {
    200: {
        "model": Event | EventPart,
        "description": "The event; with `fields` it has only those.",
        "content": {GEOJSON: refer_to_model(EventFeature)},
    },
    **MOVED,
    **make_error_responses(Gone, NotAcceptable),
}
REVISION_RESPONSES: dict[int | str, Any] = {
    200: {"model": Event, "description": "The event as it was."}
}
CREATED_RESPONSES: dict[int | str, Any] = {
    201: {
        "model": Event | EventList,
        "description": "The event, or the list of the events of the batch.",
    }
}
CITATION_RESPONSES: dict[int | str, Any] = {
    200: {"model": Citation, "description": "The datasets, each with its license and citation."}
}
HISTORY_RESPONSES: dict[int | str, Any] = {
    200: {"model": make_list_model(HistoryEntry), "description": "A page of revisions."}
}
SOURCE_ROW_RESPONSES: dict[int | str, Any] = {
    200: {"model": SourceRow, "description": "The row."},
    **make_error_responses(Gone),
}
CHANGED_RESPONSES: dict[int | str, Any] = {
    200: {"model": Event, "description": "The event after the change."}
}


@router.get("/events/{event_id}", responses=EVENT_RESPONSES)
async def get_event(
    request: Request, event_id: EventId, query: Annotated[OneEventQuery, Query()]
) -> Response:
    """Get an event.

    With `as_of` as Annals held it at a time, with `known_by` as the claims made by a day support
    it. A deleted event is 410; its history can still be read.
    """
    return await answer_event(request, query, event_id)


@router.get("/events", responses=LIST_RESPONSES)
async def list_events(request: Request, query: Annotated[EventQuery, Query()]) -> Response:
    """List events.

    All filters must hold; several values of one filter are alternatives, given with commas or by
    repeating the parameter. The newest come first unless `sort` says otherwise.
    """
    return await answer_events(request, query)


@router.get("/events.{suffix}", responses=LIST_RESPONSES)
async def list_events_as(
    request: Request, suffix: Suffix, query: Annotated[EventQuery, Query()]
) -> Response:
    """List events in another representation.

    The suffix names the representation; filters and order are those of `/v1/events`.
    """
    return await answer_events(request, query, suffix)


@router.get("/count", responses={200: {"model": Count, "description": "The number of events."}})
async def count_events(request: Request, query: Annotated[EventCountQuery, Query()]) -> Response:
    """Count events.

    The number of events in the list with the same filters.
    """
    state = get_state(request)
    planned = await plan_event_query(request, query)
    body = encode_count(await state.engine.count_records(planned))
    etag = make_list_etag(body, state.sealer.secret)
    known = check_if_none_match(request, etag)
    return known or JsonBytes(body, etag=etag, headers=make_as_of_header(state, planned.as_of))


@router.get("/citation", responses=CITATION_RESPONSES)
async def get_citation(request: Request, query: Annotated[EventCountQuery, Query()]) -> Response:
    """Get the citation of events.

    The license and the citation of every dataset that has an event in the result. Every export
    leads here by its `Link` header, `rel=describedby`.
    """
    return await answer_citation(request, await plan_event_query(request, query))


@router.post(
    "/events",
    status_code=201,
    responses=CREATED_RESPONSES,
    openapi_extra=describe_request_body({JSON: EventCreate, NDJSON: None}),
)
async def create_event(request: Request) -> Response:
    """Record an event or a batch of events.

    One event is a JSON object, answered with the event and its `Location`. A batch is NDJSON, one
    event a line and at most 1,000 lines: either all are recorded or none, and the answer is a list.
    An event whose `external_id` exists already is 409.
    """
    if check_content_type(request, (JSON, NDJSON)) == NDJSON:
        return await create_batch(request)
    body = validate_body(_EVENT_ADAPTER, await read_json(request), EventCreate)
    return await answer_create(request, "/v1/events", service.create_event, body)


@router.put("/events/{event_id}", responses=CHANGED_RESPONSES)
async def replace_event(
    request: Request,
    event_id: EventId,
    change: Annotated[ContentChange[EventCreate], Replacement(EventReplace), Body(media_type=JSON)],
) -> Response:
    """Replace an event.

    What is left out is emptied. `dataset` and `external_id` never change; fields that Annals sets
    may be sent back as they were read. Content that is the same makes no revision.
    """
    return await answer_change(request, service.replace_event, event_id, change)


@router.patch("/events/{event_id}", responses=CHANGED_RESPONSES)
async def patch_event(
    request: Request,
    event_id: EventId,
    change: Annotated[
        ContentChange[EventCreate], MergePatch(EventPatch), Body(media_type=MERGE_PATCH)
    ],
) -> Response:
    """Change fields of an event.

    The body is a JSON merge patch (RFC 7396): null removes a value, and what is left out stays.
    """
    return await answer_change(request, service.replace_event, event_id, change)


@router.delete("/events/{event_id}", status_code=204)
async def delete_event(request: Request, event_id: EventId) -> Response:
    """Delete an event.

    Its claims and relations are deleted with it. Its history stays, and it can be restored.
    """
    return await answer_delete(request, service.delete_event, event_id)


@router.post("/events/{event_id}/restore", responses=CHANGED_RESPONSES)
async def restore_event(request: Request, event_id: EventId) -> Response:
    """Restore an event.

    The deleted event comes back with the claims and relations that were deleted with it.
    """
    return await answer_restore(request, service.restore_event, event_id)


@router.get("/events/{event_id}/history", responses=HISTORY_RESPONSES)
async def list_history(
    request: Request, event_id: EventId, query: Annotated[HistoryQuery, Query()]
) -> Response:
    """List the revisions of an event.

    The newest come first, each with the values that it changed. A deleted event has them too.
    `recorded_by` shows only to keys.
    """
    return await answer_history(request, EVENTS, query, event_id)


@router.get("/events/{event_id}/history/{revision}", responses=REVISION_RESPONSES)
async def get_revision(request: Request, event_id: EventId, revision: RevisionPath) -> Response:
    """Get a revision of an event.

    The whole event as it was at that revision.
    """
    return await answer_revision(request, EVENTS, event_id, revision)


@router.get("/events/{event_id}/source-row", responses=SOURCE_ROW_RESPONSES)
async def get_source_row(request: Request, event_id: EventId) -> Response:
    """Get the source row of an event.

    The row of the provider from which an imported event was made, unchanged.
    """
    return await answer_source_row(request, event_id)


@router.get("/actors/{actor}/events", responses=LIST_RESPONSES)
async def list_events_of_actor(
    request: Request, actor: ActorPath, query: Annotated[EventQuery, Query()]
) -> Response:
    """List the events of an actor.

    The events in which the actor takes part, itself or through others who act for it.
    """
    return await answer_events_of_actor(request, query, actor)
