"""The graph of relations around one event."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.db.statements import Row
from app.errors import Invalid
from app.query.execute import fetch_first
from app.query.filters.column_filters import Equals, NamesEvent
from app.query.params import AsOfParam
from app.query.record_query import RecordQuery
from app.query.redirects import fetch_winners
from app.record.document import decode_document, encode_document
from app.resources.events.resource_type import EVENTS
from app.resources.relations.resource_type import RELATIONS
from app.resources.relations.schemas import Relation
from app.vocab.field_types import (
    EdtfDate,
    EventTypeName,
    Lifecycle,
    Line,
    RecordIdText,
    Verification,
)
from app.web.endpoints.as_of_reads import make_as_of_header, resolve_as_of
from app.web.http.responses import JsonBytes, check_if_none_match, make_list_etag
from app.web.middleware.authentication import read_caller
from app.web.state import get_state

MOST_PARTS = 10_000
NODE_FIELDS = ("id", "type", "title", "date", "lifecycle", "verification")


class GraphQuery(AsOfParam):
    """The parameters of the graph around an event."""

    depth: int = Field(
        default=1, ge=1, le=5, description="The maximum number of relations away from the event."
    )


class Node(BaseModel):
    """One event of the graph, with its distance from the first in relations."""

    id: RecordIdText
    type: EventTypeName = Field(description="The type of the event.")
    title: Line = Field(description="The title of the event.")
    date: EdtfDate = Field(description="The date, as EDTF.")
    lifecycle: Lifecycle = Field(description="The stage of the event.")
    verification: Verification = Field(description="The verification status of the event.")
    distance: int = Field(
        ge=0, le=5, description="The number of relations between the first event and this one."
    )


class Graph(BaseModel):
    """Events and the relations between them."""

    nodes: list[Node] = Field(description="The events, the first of them at distance 0.")
    edges: list[Relation] = Field(description="The relations between them.")


async def answer_graph(request: Request, query: GraphQuery, event_id: UUID) -> Response:
    """Answer with the graph of relations around the event, in either direction."""
    state = get_state(request)
    at = await resolve_as_of(request, query.as_of)
    base = RecordQuery(RELATIONS, read_caller(request), as_of=at)
    distances: dict[str, int] = {str(event_id): 0}
    edges: dict[str, dict[str, Any]] = {}
    frontier = [event_id]
    for distance in range(1, query.depth + 1):
        found = await _fetch_relations(request, base, frontier)
        edges.update((edge["id"], edge) for edge in found if edge["from"] != edge["to"])
        reached = {end for edge in found for end in (edge["from"], edge["to"])} - set(distances)
        distances.update(dict.fromkeys(sorted(reached), distance))
        frontier = [UUID(end) for end in reached]
    nodes = await _fetch_nodes(request, base, distances)
    body = encode_document({"nodes": nodes, "edges": list(edges.values())}).encode()
    etag = make_list_etag(body, state.sealer.secret)
    headers = make_as_of_header(state, at)
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag, headers=headers)


async def _fetch_relations(
    request: Request, query: RecordQuery, frontier: list[UUID]
) -> list[dict[str, Any]]:
    """Fetch the relations of the events, between current events in place of merged ones."""
    database = get_state(request).database
    either = NamesEvent("event_id", "to_event_id").lower(GraphQuery(), "ends", frontier)
    rows = await _fetch_all(request, replace(query, predicates=[either]))
    found = [decode_document(row[0]) for row in rows]
    ends = {UUID(edge[end]) for edge in found for end in ("from", "to")}
    winners = await fetch_winners(database, query.caller, sorted(ends), query.as_of)
    current = {str(event_id): str(winner) for event_id, winner in winners.items()}
    return [
        {**edge, **{end: current.get(edge[end], edge[end]) for end in ("from", "to")}}
        for edge in found
    ]


async def _fetch_nodes(
    request: Request, query: RecordQuery, distances: dict[str, int]
) -> list[dict[str, Any]]:
    ids = [UUID(event_id) for event_id in distances]
    these = Equals("id").lower(GraphQuery(), "id", ids)
    rows = await _fetch_all(request, replace(query, resource_type=EVENTS, predicates=[these]))
    events = {event["id"]: event for event in (decode_document(row[0]) for row in rows)}
    return [
        {**{name: events[event_id][name] for name in NODE_FIELDS}, "distance": distance}
        for event_id, distance in distances.items()
        if event_id in events
    ]


async def _fetch_all(request: Request, query: RecordQuery) -> list[Row]:
    page = await fetch_first(get_state(request).database, query, MOST_PARTS)
    if page.next_key is not None:
        raise Invalid(f"the graph has more than {MOST_PARTS} parts; ask for a smaller depth")
    return page.rows
