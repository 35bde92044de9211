"""The URLs of merges."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Conflict, NotFound, Stale
from app.resources.merges import service
from app.resources.merges.query import MergeQuery
from app.resources.merges.resource_type import MERGES
from app.resources.merges.schemas import Merge, MergeCreate
from app.web.endpoints.list_endpoint import answer_list
from app.web.endpoints.slug_endpoint import answer_slugged
from app.web.endpoints.write_endpoint import changed, created, write
from app.web.errors.problems import responses_for
from app.web.http.conditional import wanted_revision
from app.web.http.negotiation import JSON
from app.web.routing.query_route import QueryRoute
from app.web.schemas import listing_of

router = APIRouter(prefix="/v1/merges", tags=["merges"], route_class=QueryRoute)

Responses = dict[int | str, dict[str, Any]]
MANY: Responses = {200: {"model": listing_of(Merge), "description": "A page of merges."}}
ONE: Responses = {200: {"model": Merge, "description": "The merge."}, **responses_for(NotFound)}
MADE: Responses = {
    201: {"model": Merge, "description": "The merge."},
    **responses_for(Conflict, Stale),
}
UNDONE: Responses = {
    200: {"model": Merge, "description": "The merge, undone."},
    **responses_for(NotFound, Conflict, Stale),
}
MergeId = Annotated[UUID, Path(description="The merge's id.")]


@router.get("", responses=MANY)
async def list_merges(request: Request, query: Annotated[MergeQuery, Query()]) -> Response:
    """Which events were merged, the latest merge first; undone ones are listed as well."""
    return await answer_list(request, MERGES, query)


@router.post("", status_code=201, responses=MADE)
async def merge_events(
    request: Request, body: Annotated[MergeCreate, Body(media_type=JSON)]
) -> Response:
    """Merge events that are the same into one of them.

    All are of one dataset. Nothing is moved: claims and relations stay where they were recorded,
    and are read, counted and judged with those of the winner, which gets a new revision. The
    losers are no longer found, and their ids lead to the winner by 308. `If-Match` may name the
    winner's ETag.
    """
    required = wanted_revision(request)
    made = await write(
        request,
        lambda opened, caller: service.merge_duplicates(opened, caller, body, required),
    )
    return created(made.text, f"/v1/merges/{made.id}")


@router.get("/{merge_id}", responses=ONE)
async def get_merge(request: Request, merge_id: MergeId) -> Response:
    """One merge."""
    return await answer_slugged(request, MERGES, merge_id)


@router.post("/{merge_id}/undo", responses=UNDONE)
async def undo_merge(request: Request, merge_id: MergeId) -> Response:
    """Take a merge back.

    The losers stand again as they were, or as an import has revised them since, and everything is
    judged as before. `If-Match` may name the merge's ETag. A winner that was deleted has to be
    restored first.
    """
    required = wanted_revision(request)
    undone = await write(
        request,
        lambda opened, caller: service.undo_merge(opened, caller, merge_id, required),
    )
    return changed(undone.text, undone.revision)
