"""The URLs of claims."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Gone, NotFound
from app.query.filters.column_filters import NamesEvent
from app.query.params import AsOfParam
from app.resources.claims import service
from app.resources.claims.query import ClaimQuery, ClaimsOfEventQuery
from app.resources.claims.resource_type import CLAIMS
from app.resources.claims.schemas import (
    Claim,
    ClaimCreate,
    ClaimOfEventCreate,
    ClaimPatch,
    ClaimReplace,
)
from app.resources.claims.source_rows import SourceRowsQuery, answer_source_rows
from app.resources.events.resource_type import EVENTS
from app.resources.events.source_row import SourceRow
from app.web.endpoints.list_endpoint import answer_list
from app.web.endpoints.record_endpoint import MOVED, answer_record, require_record
from app.web.endpoints.write_endpoint import answer_change, answer_create, answer_delete
from app.web.errors.problems import make_error_responses
from app.web.http.content_change import ContentChange, MergePatch, Replacement
from app.web.http.negotiation import JSON, MERGE_PATCH
from app.web.path_params import ClaimId, EventId
from app.web.routing.query_route import CachedRoute
from app.web.schemas import make_list_model

router = APIRouter(prefix="/v1", tags=["claims"], route_class=CachedRoute)

Responses = dict[int | str, dict[str, Any]]
LIST_RESPONSES: Responses = {
    200: {"model": make_list_model(Claim), "description": "A page of claims."}
}
CLAIM_RESPONSES: Responses = {
    200: {"model": Claim, "description": "The claim."},
    **make_error_responses(Gone),
}
SOURCE_ROWS_RESPONSES: Responses = {
    200: {"model": make_list_model(SourceRow), "description": "A page of rows."},
    **make_error_responses(Gone),
}
CREATED_RESPONSES: Responses = {201: {"model": Claim, "description": "The claim."}}


@router.get("/claims", responses=LIST_RESPONSES)
async def list_claims(request: Request, query: Annotated[ClaimQuery, Query()]) -> Response:
    """List claims.

    The claims made last come first. All filters must hold.
    """
    return await answer_list(request, CLAIMS, query)


@router.post(
    "/claims",
    status_code=201,
    responses={**CREATED_RESPONSES, **make_error_responses(NotFound, Gone)},
)
async def create_claim(
    request: Request, body: Annotated[ClaimOfEventCreate, Body(media_type=JSON)]
) -> Response:
    """Record a claim.

    The event that it is about is verified again in the same transaction and gets a new revision.
    """
    return await answer_create(request, "/v1/claims", service.record_claim, body.event, body)


@router.get("/claims/{claim_id}", responses=CLAIM_RESPONSES)
async def get_claim(
    request: Request, claim_id: ClaimId, query: Annotated[AsOfParam, Query()]
) -> Response:
    """Get a claim.

    The claim as it is now, or as of an earlier time with `as_of`.
    """
    return await answer_record(request, CLAIMS, query, claim_id)


@router.put("/claims/{claim_id}", responses=CLAIM_RESPONSES)
async def replace_claim(
    request: Request,
    claim_id: ClaimId,
    change: Annotated[ContentChange[ClaimCreate], Replacement(ClaimReplace), Body(media_type=JSON)],
) -> Response:
    """Replace a claim.

    What is left out is emptied. The event is verified again.
    """
    return await answer_change(request, service.replace_claim, claim_id, change)


@router.patch("/claims/{claim_id}", responses=CLAIM_RESPONSES)
async def patch_claim(
    request: Request,
    claim_id: ClaimId,
    change: Annotated[
        ContentChange[ClaimCreate], MergePatch(ClaimPatch), Body(media_type=MERGE_PATCH)
    ],
) -> Response:
    """Change fields of a claim.

    The body is a JSON merge patch (RFC 7396): null removes a value, and what is left out stays.
    """
    return await answer_change(request, service.replace_claim, claim_id, change)


@router.delete("/claims/{claim_id}", status_code=204)
async def delete_claim(request: Request, claim_id: ClaimId) -> Response:
    """Delete a claim.

    The event is verified as if the claim had never been recorded. A claim that its speaker took
    back is not deleted; it has `retracted_on`.
    """
    return await answer_delete(request, service.delete_claim, claim_id)


@router.get("/claims/{claim_id}/source-rows", responses=SOURCE_ROWS_RESPONSES)
async def list_source_rows(
    request: Request, claim_id: ClaimId, query: Annotated[SourceRowsQuery, Query()]
) -> Response:
    """List the source rows of a claim.

    The rows of the providers from which an imported claim was made, unchanged. One claim can come
    from several rows, as with GDELT's mentions in one article; the row of the event is among them
    if the claim came with it. A claim that was not imported has no rows.
    """
    return await answer_source_rows(request, query, claim_id)


@router.get(
    "/events/{event_id}/claims", responses={**LIST_RESPONSES, **MOVED, **make_error_responses(Gone)}
)
async def list_claims_of_event(
    request: Request, event_id: EventId, query: Annotated[ClaimsOfEventQuery, Query()]
) -> Response:
    """List the claims about an event.

    The claims made last come first.
    """
    await require_record(request, EVENTS, query, event_id)
    about = NamesEvent("event_id").lower(query, "event", event_id)
    return await answer_list(request, CLAIMS, query, about)


@router.post("/events/{event_id}/claims", status_code=201, responses=CREATED_RESPONSES)
async def create_claim_of_event(
    request: Request, event_id: EventId, body: Annotated[ClaimCreate, Body(media_type=JSON)]
) -> Response:
    """Record a claim about an event.

    The event is verified again in the same transaction and gets a new revision.
    """
    return await answer_create(request, "/v1/claims", service.record_claim, event_id, body)
