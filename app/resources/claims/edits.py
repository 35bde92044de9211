"""Changes of claims as they come over HTTP."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.db.transaction import Transaction
from app.resources.claims import service
from app.resources.claims.schemas import ClaimCreate
from app.values.caller import Caller
from app.web.endpoints.put_and_patch import Revise
from app.web.endpoints.write_endpoint import answer_changed, answer_created, run_transaction
from app.web.http.conditional import read_required_revision


async def create(request: Request, event_id: UUID, body: ClaimCreate) -> Response:
    """Record one claim."""

    def work(opened: Transaction, caller: Caller) -> tuple[UUID, str]:
        return service.record_claim(opened, caller, event_id, body)

    claim, document = await run_transaction(request, work)
    return answer_created(document, f"/v1/claims/{claim}")


async def change(request: Request, claim: UUID, revise: Revise[ClaimCreate]) -> Response:
    """Give a claim the content that `revise` makes of what stands."""
    required = read_required_revision(request)

    def work(opened: Transaction, caller: Caller) -> tuple[int, str]:
        return service.replace_claim(opened, caller, claim, required, revise)

    revision, document = await run_transaction(request, work)
    return answer_changed(document, revision)


async def delete(request: Request, claim: UUID) -> Response:
    """Delete a claim."""
    required = read_required_revision(request)
    await run_transaction(
        request, lambda opened, caller: service.delete_claim(opened, caller, claim, required)
    )
    return Response(status_code=204)
