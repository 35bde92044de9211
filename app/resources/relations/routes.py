"""The URLs of relations."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Gone
from app.query.filters.column_filters import NamesEvent
from app.query.params import AsOfParam
from app.resources.events.resource_type import EVENTS
from app.resources.relations import service
from app.resources.relations.graph import Graph, GraphQuery, answer_graph
from app.resources.relations.query import RelationQuery, RelationsOfEventQuery
from app.resources.relations.resource_type import RELATIONS
from app.resources.relations.schemas import (
    Relation,
    RelationCreate,
    RelationOfEventCreate,
    RelationPatch,
    RelationReplace,
)
from app.web.endpoints.list_endpoint import answer_list
from app.web.endpoints.record_endpoint import MOVED, answer_record, require_record
from app.web.endpoints.write_endpoint import answer_change, answer_create, answer_delete
from app.web.errors.problems import make_error_responses
from app.web.http.content_change import ContentChange, MergePatch, Replacement
from app.web.http.negotiation import JSON, MERGE_PATCH
from app.web.path_params import EventId, RelationId
from app.web.routing.query_route import CachedRoute
from app.web.schemas import make_list_model

router = APIRouter(prefix="/v1", tags=["relations"], route_class=CachedRoute)

Responses = dict[int | str, dict[str, Any]]
LIST_RESPONSES: Responses = {
    200: {"model": make_list_model(Relation), "description": "A page of relations."}
}
RELATION_RESPONSES: Responses = {
    200: {"model": Relation, "description": "The relation."},
    **make_error_responses(Gone),
}
CREATED_RESPONSES: Responses = {201: {"model": Relation, "description": "The relation."}}
GRAPH_RESPONSES: Responses = {
    200: {"model": Graph, "description": "The graph."},
    **MOVED,
    **make_error_responses(Gone),
}


@router.get("/relations", responses=LIST_RESPONSES)
async def list_relations(request: Request, query: Annotated[RelationQuery, Query()]) -> Response:
    """List relations.

    A relation is listed if both its events are visible.
    """
    return await answer_list(request, RELATIONS, query)


@router.post("/relations", status_code=201, responses=CREATED_RESPONSES)
async def create_relation(
    request: Request, body: Annotated[RelationCreate, Body(media_type=JSON)]
) -> Response:
    """Record a relation.

    It leads from one event to another, with the type that names how they are related.
    """
    return await answer_create(request, "/v1/relations", service.record_relation, body)


@router.get("/relations/{relation_id}", responses=RELATION_RESPONSES)
async def get_relation(
    request: Request, relation_id: RelationId, query: Annotated[AsOfParam, Query()]
) -> Response:
    """Get a relation.

    The relation as it is now, or as of an earlier time with `as_of`.
    """
    return await answer_record(request, RELATIONS, query, relation_id)


@router.put("/relations/{relation_id}", responses=RELATION_RESPONSES)
async def replace_relation(
    request: Request,
    relation_id: RelationId,
    change: Annotated[
        ContentChange[RelationCreate], Replacement(RelationReplace), Body(media_type=JSON)
    ],
) -> Response:
    """Replace a relation.

    Only the type and the note can change, never the events that the relation links.
    """
    return await answer_change(request, service.replace_relation, relation_id, change)


@router.patch("/relations/{relation_id}", responses=RELATION_RESPONSES)
async def patch_relation(
    request: Request,
    relation_id: RelationId,
    change: Annotated[
        ContentChange[RelationCreate], MergePatch(RelationPatch), Body(media_type=MERGE_PATCH)
    ],
) -> Response:
    """Change fields of a relation.

    The body is a JSON merge patch (RFC 7396) of the type or the note.
    """
    return await answer_change(request, service.replace_relation, relation_id, change)


@router.delete("/relations/{relation_id}", status_code=204)
async def delete_relation(request: Request, relation_id: RelationId) -> Response:
    """Delete a relation.

    It can still be read as of an earlier time.
    """
    return await answer_delete(request, service.delete_relation, relation_id)


@router.get(
    "/events/{event_id}/relations",
    responses={**LIST_RESPONSES, **MOVED, **make_error_responses(Gone)},
)
async def list_relations_of_event(
    request: Request, event_id: EventId, query: Annotated[RelationsOfEventQuery, Query()]
) -> Response:
    """List the relations of an event.

    The relations that lead from the event or to it.
    """
    await require_record(request, EVENTS, query, event_id)
    either = NamesEvent("event_id", "to_event_id").lower(query, "event", event_id)
    return await answer_list(request, RELATIONS, query, either)


@router.post("/events/{event_id}/relations", status_code=201, responses=CREATED_RESPONSES)
async def create_relation_of_event(
    request: Request,
    event_id: EventId,
    body: Annotated[RelationOfEventCreate, Body(media_type=JSON)],
) -> Response:
    """Record a relation of an event.

    It leads from this event to the one in the body.
    """
    link = {"from": event_id, "to": body.to_event, "type": body.type, "note": body.note}
    whole = RelationCreate.model_validate(link)
    return await answer_create(request, "/v1/relations", service.record_relation, whole)


@router.get("/events/{event_id}/graph", responses=GRAPH_RESPONSES)
async def get_graph(
    request: Request, event_id: EventId, query: Annotated[GraphQuery, Query()]
) -> Response:
    """Get the graph around an event.

    The events that relations link to this one, directly or through others, and those relations.
    """
    await require_record(request, EVENTS, query, event_id)
    return await answer_graph(request, query, event_id)
