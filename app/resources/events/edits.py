"""Changes of events as they come over HTTP: the revision they are for, the change, the answer."""

from uuid import UUID

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from app.db.transaction import Transaction
from app.record.save import SavedEvent
from app.resources.events import service
from app.resources.events.schemas import EventCreate
from app.values.caller import Caller
from app.web.endpoints.put_and_patch import Revise
from app.web.endpoints.write_endpoint import answer_changed, answer_created, run_transaction
from app.web.http.conditional import read_required_revision

CREATE = TypeAdapter(EventCreate)


async def create(request: Request, body: EventCreate) -> Response:
    """Make one event."""
    (saved,) = await run_transaction(
        request, lambda opened, caller: service.create_events(opened, caller, [body])
    )
    return answer_created(saved.document or "", f"/v1/events/{saved.id}")


async def change(request: Request, event_id: UUID, revise: Revise[EventCreate]) -> Response:
    """Give an event the content that `revise` makes of what stands."""
    required = read_required_revision(request)

    def work(opened: Transaction, caller: Caller) -> SavedEvent:
        return service.replace_event(opened, caller, event_id, required, revise)

    saved = await run_transaction(request, work)
    return answer_changed(saved.document or "", saved.revision)


async def delete(request: Request, event_id: UUID) -> Response:
    """Delete an event."""
    required = read_required_revision(request)
    await run_transaction(
        request,
        lambda opened, caller: service.delete_event(opened, caller, event_id, required),
    )
    return Response(status_code=204)


async def restore(request: Request, event_id: UUID) -> Response:
    """Bring back a deleted event."""
    saved = await run_transaction(
        request, lambda opened, caller: service.restore_event(opened, caller, event_id)
    )
    return answer_changed(saved.document or "", saved.revision)
