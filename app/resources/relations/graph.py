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
    """How far to go."""

    depth: int = Field(default=1, ge=1, le=5, description="How many relations away, at most.")


class Node(BaseModel):
    """One event of the graph, and how many relations away from the first it lies."""

    id: RecordIdText
    type: EventTypeName = Field(description="Its type.")
    title: Line = Field(description="What happened.")
    date: EdtfDate = Field(description="When, as EDTF.")
    lifecycle: Lifecycle = Field(description="Whether it has happened.")
    verification: Verification = Field(description="What the claims support.")
    distance: int = Field(ge=0, le=5, description="How many relations away it lies.")


class Graph(BaseModel):
    """Events, and the relations between them."""

    nodes: list[Node] = Field(description="The events, the first of them at distance 0.")
    edges: list[Relation] = Field(description="The relations between them.")


async def answer_graph(request: Request, query: GraphQuery, event_id: UUID) -> Response:
    """Walk the relations outward from the event, whichever way they lead."""
    backing = get_state(request)
    at = await resolve_as_of(request, query.as_of)
    asked = RecordQuery(RELATIONS, read_caller(request), as_of=at)
    distances: dict[str, int] = {str(event_id): 0}
    edges: dict[str, dict[str, Any]] = {}
    frontier = [event_id]
    for distance in range(1, query.depth + 1):
        found = await _fetch_relations(request, asked, frontier)
        edges.update((each["id"], each) for each in found if each["from"] != each["to"])
        reached = {end for each in found for end in (each["from"], each["to"])} - set(distances)
        distances.update(dict.fromkeys(sorted(reached), distance))
        frontier = [UUID(end) for end in reached]
    nodes = await _fetch_nodes(request, asked, distances)
    body = encode_document({"nodes": nodes, "edges": list(edges.values())}).encode()
    etag = make_list_etag(body, backing.seal.secret)
    headers = make_as_of_header(backing, at)
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag, headers=headers)


async def _fetch_relations(
    request: Request, asked: RecordQuery, frontier: list[UUID]
) -> list[dict[str, Any]]:
    """The relations of these events, between the events that stand for those merged away."""
    database = get_state(request).database
    either = NamesEvent("event_id", "to_event_id").lower(GraphQuery(), "ends", frontier)
    rows = await _fetch_all(request, replace(asked, predicates=[either]))
    found = [decode_document(row[0]) for row in rows]
    ends = {UUID(each[end]) for each in found for end in ("from", "to")}
    winners = await fetch_winners(database, asked.caller, sorted(ends), asked.as_of)
    stands = {str(event_id): str(winner) for event_id, winner in winners.items()}
    return [
        {**each, **{end: stands.get(each[end], each[end]) for end in ("from", "to")}}
        for each in found
    ]


async def _fetch_nodes(
    request: Request, asked: RecordQuery, distances: dict[str, int]
) -> list[dict[str, Any]]:
    ids = [UUID(each) for each in distances]
    these = Equals("id").lower(GraphQuery(), "id", ids)
    rows = await _fetch_all(request, replace(asked, noun=EVENTS, predicates=[these]))
    events = {event["id"]: event for event in (decode_document(row[0]) for row in rows)}
    return [
        {**{name: events[each][name] for name in NODE_FIELDS}, "distance": distance}
        for each, distance in distances.items()
        if each in events
    ]


async def _fetch_all(request: Request, asked: RecordQuery) -> list[Row]:
    page = await fetch_first(get_state(request).database, asked, MOST_PARTS)
    if page.next_key is not None:
        raise Invalid(f"the graph has more than {MOST_PARTS} parts; ask for a smaller depth")
    return page.rows
