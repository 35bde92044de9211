"""Handlers of the aggregates: counts of many events, each from one snapshot."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.aggregate.dimensions import DIMENSIONS
from app.aggregate.grouping import TOTAL, GroupCounts, Grouping
from app.aggregate.measures import MEASURES
from app.aggregate.results import MapGrid, build_facet, build_histogram, fill_gaps, format_rows
from app.history.as_of import AsOfResolver
from app.query.execute import fetch_page
from app.query.record_query import PlannedQuery
from app.resources.aggregates.query import (
    AggregateQuery,
    DashboardQuery,
    FacetsQuery,
    GridQuery,
    NetworkQuery,
)
from app.resources.events.reads import plan_event_query
from app.resources.events.rendering import render_events, select_fields
from app.web.endpoints.as_of_reads import make_as_of_header
from app.web.endpoints.list_endpoint import make_next_cursor
from app.web.http.responses import JsonBytes, check_if_none_match, make_list_etag, wrap_documents
from app.web.state import get_state

LIST_PATH = "/v1/events"


async def answer_aggregate(request: Request, query: AggregateQuery) -> Response:
    """Answer with flat rows."""
    planned = await plan_event_query(request, query)
    grouping = Grouping(
        tuple(DIMENSIONS[name] for name in query.by or ()),
        tuple(MEASURES[name] for name in query.measures),
    )
    (found,) = await get_state(request).engine.count_groups(planned, [grouping])
    if query.fill:
        found = fill_gaps(grouping, found, query.since, query.until)
    body = {"data": format_rows(grouping, found), "next_cursor": None}
    return _make_response(request, planned, orjson.dumps(body))


async def answer_facets(request: Request, query: FacetsQuery) -> Response:
    """Answer with the values of each facet."""
    planned = await plan_event_query(request, query)
    groupings = _make_facet_groupings(query.by)
    total, *found = await get_state(request).engine.count_groups(planned, [TOTAL, *groupings])
    body = {
        "facets": _build_facets(query.by, groupings, found, query.top),
        "total": _read_total(total),
    }
    return _make_response(request, planned, orjson.dumps(body))


async def answer_grid(request: Request, query: GridQuery) -> Response:
    """Answer with the cells of a map."""
    planned = await plan_event_query(request, query)
    grid = MapGrid(query.zoom)
    (found,) = await get_state(request).engine.count_groups(planned, [grid.grouping])
    return _make_response(request, planned, orjson.dumps(grid.build_cells(found)))


async def answer_network(request: Request, query: NetworkQuery) -> Response:
    """Answer with nodes and edges."""
    planned = await plan_event_query(request, query)
    body = await get_state(request).engine.count_network(planned, query.top, query.kind)
    return _make_response(request, planned, orjson.dumps(body))


async def answer_dashboard(request: Request, query: DashboardQuery) -> Response:
    """Answer with the list, its total, facets, histogram and grid, from one snapshot."""
    state = get_state(request)
    planned = await plan_event_query(request, query, query.limit)
    grid = MapGrid(query.zoom)
    facets = _make_facet_groupings(query.by)
    histogram = Grouping((DIMENSIONS[query.bucket],))
    async with state.database.snapshot() as reads:
        position = planned.as_of
        if position is None:
            position = await AsOfResolver(reads, state.sealer, planned.caller).fetch_last_settled()
        page = await fetch_page(reads, planned)
        total, cells, series, *found = await state.engine.count_groups(
            planned, [TOTAL, grid.grouping, histogram, *facets], reads
        )
    documents = await render_events(state.database, query.listed, planned, page.rows)
    cursor = make_next_cursor(request, query.listed, planned, page, path=LIST_PATH)
    listed = wrap_documents(await select_fields(query.listed, documents), cursor)
    rest = {
        "facets": _build_facets(query.by, facets, found, query.top),
        "histogram": build_histogram(histogram, series, query.since, query.until),
        "grid": grid.build_cells(cells),
    }
    head = {"position": state.sealer.seal_position(position), "total": _read_total(total)}
    body = b'%b,"events":%b,%b' % (orjson.dumps(head)[:-1], listed, orjson.dumps(rest)[1:])
    return _make_response(request, planned, body)


def _make_response(request: Request, planned: PlannedQuery, body: bytes) -> Response:
    state = get_state(request)
    etag = make_list_etag(body, state.sealer.secret)
    known = check_if_none_match(request, etag)
    return known or JsonBytes(body, etag=etag, headers=make_as_of_header(state, planned.as_of))


def _make_facet_groupings(by: Sequence[str]) -> list[Grouping]:
    return [Grouping((DIMENSIONS[name],)) for name in by]


def _build_facets(
    by: Sequence[str], groupings: Sequence[Grouping], found: Sequence[GroupCounts], top: int
) -> Mapping[str, Any]:
    return {
        name: build_facet(grouping, counts, top)
        for name, grouping, counts in zip(by, groupings, found, strict=True)
    }


def _read_total(total: GroupCounts) -> int | None:
    return total[()][0]
