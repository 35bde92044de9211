"""Answering a write: what every change of a record does before and after its service."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.db.transaction import Transaction
from app.record.document import RENDERING_VERSION
from app.values.caller import Caller
from app.web.http.conditional import make_record_etag
from app.web.http.responses import JsonBytes
from app.web.middleware.authentication import read_caller
from app.web.state import get_state

Result = TypeVar("Result")


async def run_transaction(
    request: Request, work: Callable[[Transaction, Caller], Result]
) -> Result:
    """Run a service's work in a transaction, for the caller whom the route has let in."""
    caller = read_caller(request)
    database = get_state(request).database
    return await database.write(lambda opened: work(opened, caller), by=caller.key_id)


def answer_created(
    document: str, path: str, revision: int = 1, rerendering: UUID | None = None
) -> Response:
    """201 with the new record, its address and its tag; one that was there before goes on."""
    return JsonBytes(
        document.encode(),
        status_code=201,
        etag=make_record_etag(revision, RENDERING_VERSION),
        headers={"location": path, **(_make_status_link(rerendering) or {})},
    )


def answer_changed(document: str, revision: int, rerendering: UUID | None = None) -> Response:
    """200 with the record as it now stands, and where its change is followed into its events."""
    return JsonBytes(
        document.encode(),
        etag=make_record_etag(revision, RENDERING_VERSION),
        headers=_make_status_link(rerendering),
    )


def answer_merged(document: str, revision: int, rerendering: UUID | None) -> Response:
    """200 with the record that stays; 202 while others still name the one that does not."""
    return JsonBytes(
        document.encode(),
        status_code=202 if rerendering else 200,
        etag=make_record_etag(revision, RENDERING_VERSION),
        headers=_make_status_link(rerendering),
    )


def _make_status_link(rerendering: UUID | None) -> dict[str, str] | None:
    return {"link": f'</v1/rerenderings/{rerendering}>; rel="status"'} if rerendering else None
