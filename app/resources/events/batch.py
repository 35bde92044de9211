"""Batches of events in one request: one event a line, all of them created or none."""

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import AnnalsError, Fault, Invalid
from app.resources.events.schemas import EventCreate
from app.resources.events.service import create_events
from app.web.endpoints.write_endpoint import run_transaction
from app.web.errors.validation_errors import MOST_FAULTS
from app.web.http.json_body import parse_json
from app.web.http.request_body import read_lines, validate_body
from app.web.http.responses import JsonBytes, wrap_documents

MOST_LINES = 1000
_EVENT_ADAPTER = TypeAdapter(EventCreate)


async def create_batch(request: Request) -> Response:
    """Create an event from each line, in one transaction."""
    bodies: list[EventCreate] = []
    places: list[str] = []
    faults: list[Fault] = []
    lines = 0
    async for number, line in read_lines(request):
        lines += 1
        if lines > MOST_LINES:
            raise Invalid(f"a batch has at most {MOST_LINES} lines; import larger files")
        try:
            bodies.append(validate_body(_EVENT_ADAPTER, parse_json(line), EventCreate))
            places.append(f"/{number - 1}")
        except AnnalsError as error:
            faults += _place_faults(error, number)
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise Invalid("some lines are invalid, and nothing was created", *faults[:MOST_FAULTS])
    if not bodies:
        raise Invalid("the batch is empty")

    saved = await run_transaction(request, create_events, bodies, places)
    count = {"value": len(saved), "kind": "exact"}
    return JsonBytes(
        wrap_documents([event.document for event in saved], None, count), status_code=201
    )


def _place_faults(error: AnnalsError, number: int) -> list[Fault]:
    """Return the faults of one line, with pointers that begin with the line's index."""
    faults = error.faults or (Fault(code="unparsable", detail=error.detail, pointer=""),)
    return [
        Fault(
            code=fault.code,
            detail=f"line {number}: {fault.detail}",
            pointer=f"/{number - 1}{fault.pointer or ''}",
        )
        for fault in faults
    ]
