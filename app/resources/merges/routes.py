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
from app.web.endpoints.record_endpoint import answer_current_record
from app.web.endpoints.write_endpoint import answer_create, answer_restore
from app.web.errors.problems import make_error_responses
from app.web.http.negotiation import JSON
from app.web.http.responses import read_optional_revision
from app.web.routing.query_route import QueryRoute
from app.web.schemas import make_list_model

router = APIRouter(prefix="/v1/merges", tags=["merges"], route_class=QueryRoute)

Responses = dict[int | str, dict[str, Any]]
LIST_RESPONSES: Responses = {
    200: {"model": make_list_model(Merge), "description": "A page of merges."}
}
RECORD_RESPONSES: Responses = {
    200: {"model": Merge, "description": "The merge."},
    **make_error_responses(NotFound),
}
CREATED_RESPONSES: Responses = {
    201: {"model": Merge, "description": "The merge."},
    **make_error_responses(Conflict, Stale),
}
UNDONE_RESPONSES: Responses = {
    200: {"model": Merge, "description": "The merge, undone."},
    **make_error_responses(NotFound, Conflict, Stale),
}
MergeId = Annotated[UUID, Path(description="The merge's id.")]


@router.get("", responses=LIST_RESPONSES)
async def list_merges(request: Request, query: Annotated[MergeQuery, Query()]) -> Response:
    """List merges.

    The latest merge comes first. Merges that were undone are listed too.
    """
    return await answer_list(request, MERGES, query)


@router.post("", status_code=201, responses=CREATED_RESPONSES)
async def merge_events(
    request: Request, body: Annotated[MergeCreate, Body(media_type=JSON)]
) -> Response:
    """Merge events.

    Several records of the same event become one. All are in one dataset. Nothing is moved: claims
    and relations stay where they were recorded, and are read, counted and verified with those of
    the winner, which gets a new revision. The losers are no longer found, and their ids answer 308
    with the location of the winner. `If-Match` may name the ETag of the winner.
    """
    required = read_optional_revision(request)
    return await answer_create(request, "/v1/merges", service.merge_duplicates, body, required)


@router.get("/{merge_id}", responses=RECORD_RESPONSES)
async def get_merge(request: Request, merge_id: MergeId) -> Response:
    """Get a merge.

    The events that were merged, the event that stayed, and when it was undone if it was.
    """
    return await answer_current_record(request, MERGES, merge_id)


@router.post("/{merge_id}/undo", responses=UNDONE_RESPONSES)
async def undo_merge(request: Request, merge_id: MergeId) -> Response:
    """Undo a merge.

    The losers are separate events again as they were, or as an import has revised them since, and
    all events are verified as before. `If-Match` may name the ETag of the merge. A winner that was
    deleted must be restored first.
    """
    required = read_optional_revision(request)
    return await answer_restore(request, service.undo_merge, merge_id, required)
