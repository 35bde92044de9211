"""The URLs of aggregates."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.resources.aggregates import schemas
from app.resources.aggregates.handlers import (
    answer_aggregate,
    answer_dashboard,
    answer_facets,
    answer_grid,
    answer_network,
)
from app.resources.aggregates.query import (
    AggregateQuery,
    DashboardQuery,
    FacetsQuery,
    GridQuery,
    NetworkQuery,
)
from app.web.routing.query_route import CachedBodyRoute

router = APIRouter(prefix="/v1", tags=["aggregates"], route_class=CachedBodyRoute)

AGGREGATE: dict[int | str, Any] = {200: {"model": schemas.Aggregate, "description": "The rows."}}
FACETS: dict[int | str, Any] = {200: {"model": schemas.Facets, "description": "The facets."}}
GRID: dict[int | str, Any] = {200: {"model": schemas.Grid, "description": "The cells."}}
NETWORK: dict[int | str, Any] = {200: {"model": schemas.Network, "description": "The network."}}
DASHBOARD: dict[int | str, Any] = {
    200: {
        "model": schemas.Dashboard,
        "description": "The list with its total, facets, histogram and grid.",
    }
}


@router.get("/aggregate", responses=AGGREGATE)
async def aggregate_events(request: Request, query: Annotated[AggregateQuery, Query()]) -> Response:
    """Aggregate events.

    Counts and measures of events in groups. The counts of a single dimension that gives each event
    one value add up to the count of the list. More than 100,000 rows are an error.
    """
    return await answer_aggregate(request, query)


@router.get("/facets", responses=FACETS)
async def list_facets(request: Request, query: Annotated[FacetsQuery, Query()]) -> Response:
    """List facets.

    The most frequent values of each dimension. Events without a value are counted as the item null.
    Values beyond the `top` are not items: `rest` has their number and the number of their events.
    """
    return await answer_facets(request, query)


@router.get("/grid", responses=GRID)
async def get_grid(request: Request, query: Annotated[GridQuery, Query()]) -> Response:
    """Count events in map cells.

    A cell is 45 degrees wide and high, halved `zoom` times: an eighth of the width of a map tile.
    Events that are placed only in a country or a region are `unplaced`. More than 20,000 cells are
    an error.
    """
    return await answer_grid(request, query)


@router.get("/network", responses=NETWORK)
async def get_network(request: Request, query: Annotated[NetworkQuery, Query()]) -> Response:
    """Get the network of actors.

    An edge leads from each actor in an acting role to each target, addressee and victim of the same
    event; from supplier to recipient, from guest to host, from mediator to side; and both ways
    between sides and between signatories, persons and bodies with their like. The count of a node
    is the number of events in which the actor, or another for it, takes part.
    """
    return await answer_network(request, query)


@router.get("/dashboard", responses=DASHBOARD)
async def get_dashboard(request: Request, query: Annotated[DashboardQuery, Query()]) -> Response:
    """Get a dashboard.

    The first page of the list with its total, facets, histogram and grid, all at one position.
    `position` names it: the answer includes all changes up to there. The list continues with its
    cursor in `/v1/events` with the same filters and `sort`.
    """
    return await answer_dashboard(request, query)
