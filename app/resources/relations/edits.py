"""Changes of relations as they come over HTTP."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.db.transaction import Write
from app.resources.relations import service
from app.resources.relations.schemas import RelationCreate
from app.values.caller import Caller
from app.web.endpoints.put_and_patch import Revise
from app.web.endpoints.write_endpoint import changed, created, write
from app.web.http.conditional import required_revision


async def create(request: Request, body: RelationCreate) -> Response:
    """Record one relation."""

    def work(opened: Write, caller: Caller) -> list[tuple[UUID, str]]:
        return service.record_relations(opened, caller, [body])

    ((relation, document),) = await write(request, work)
    return created(document, f"/v1/relations/{relation}")


async def change(request: Request, relation: UUID, revise: Revise[RelationCreate]) -> Response:
    """Give a relation the content that `revise` makes of what stands."""
    required = required_revision(request)

    def work(opened: Write, caller: Caller) -> tuple[int, str]:
        return service.replace_relation(opened, caller, relation, required, revise)

    revision, document = await write(request, work)
    return changed(document, revision)


async def delete(request: Request, relation: UUID) -> Response:
    """Delete a relation."""
    required = required_revision(request)
    await write(
        request, lambda opened, caller: service.delete_relation(opened, caller, relation, required)
    )
    return Response(status_code=204)
