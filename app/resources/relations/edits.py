"""Changes of relations as they come over HTTP."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.db.transaction import Transaction
from app.resources.relations import service
from app.resources.relations.schemas import RelationCreate
from app.values.caller import Caller
from app.web.endpoints.put_and_patch import Revise
from app.web.endpoints.write_endpoint import answer_changed, answer_created, run_transaction
from app.web.http.conditional import read_required_revision


async def create(request: Request, body: RelationCreate) -> Response:
    """Record one relation."""

    def work(opened: Transaction, caller: Caller) -> list[tuple[UUID, str]]:
        return service.record_relations(opened, caller, [body])

    ((relation, document),) = await run_transaction(request, work)
    return answer_created(document, f"/v1/relations/{relation}")


async def change(request: Request, relation: UUID, revise: Revise[RelationCreate]) -> Response:
    """Give a relation the content that `revise` makes of what stands."""
    required = read_required_revision(request)

    def work(opened: Transaction, caller: Caller) -> tuple[int, str]:
        return service.replace_relation(opened, caller, relation, required, revise)

    revision, document = await run_transaction(request, work)
    return answer_changed(document, revision)


async def delete(request: Request, relation: UUID) -> Response:
    """Delete a relation."""
    required = read_required_revision(request)
    await run_transaction(
        request, lambda opened, caller: service.delete_relation(opened, caller, relation, required)
    )
    return Response(status_code=204)
