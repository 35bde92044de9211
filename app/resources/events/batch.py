"""Many events in one request: a line each, all of them or none."""

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
    """Make an event of each line, in one transaction."""
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
        except AnnalsError as wrong:
            faults += _place_faults(wrong, number)
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise Invalid("the lines are not all right, and nothing was made", *faults[:MOST_FAULTS])
    if not bodies:
        raise Invalid("the batch has no line")

    saved = await run_transaction(request, create_events, bodies, places)
    count = {"value": len(saved), "kind": "exact"}
    return JsonBytes(
        wrap_documents([event.document for event in saved], None, count), status_code=201
    )


def _place_faults(wrong: AnnalsError, number: int) -> list[Fault]:
    """The faults of one line, with pointers that begin with the line's index."""
    faults = wrong.faults or (Fault(code="unparsable", detail=wrong.detail, pointer=""),)
    return [
        Fault(
            code=fault.code,
            detail=f"line {number}: {fault.detail}",
            pointer=f"/{number - 1}{fault.pointer or ''}",
        )
        for fault in faults
    ]
