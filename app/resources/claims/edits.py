"""Changes of claims as they come over HTTP."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.db.transaction import Write
from app.resources.claims import service
from app.resources.claims.schemas import ClaimCreate
from app.values.caller import Caller
from app.web.endpoints.put_and_patch import Revise
from app.web.endpoints.write_endpoint import changed, created, write
from app.web.http.conditional import required_revision


async def create(request: Request, event_id: UUID, body: ClaimCreate) -> Response:
    """Record one claim."""

    def work(opened: Write, caller: Caller) -> tuple[UUID, str]:
        return service.record_claim(opened, caller, event_id, body)

    claim, document = await write(request, work)
    return created(document, f"/v1/claims/{claim}")


async def change(request: Request, claim: UUID, revise: Revise[ClaimCreate]) -> Response:
    """Give a claim the content that `revise` makes of what stands."""
    required = required_revision(request)

    def work(opened: Write, caller: Caller) -> tuple[int, str]:
        return service.replace_claim(opened, caller, claim, required, revise)

    revision, document = await write(request, work)
    return changed(document, revision)


async def delete(request: Request, claim: UUID) -> Response:
    """Delete a claim."""
    required = required_revision(request)
    await write(
        request, lambda opened, caller: service.delete_claim(opened, caller, claim, required)
    )
    return Response(status_code=204)
