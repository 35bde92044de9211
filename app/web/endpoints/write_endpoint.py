"""Writes: a service runs in one transaction, and the saved record is answered with its ETag."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from app.db.transaction import Transaction
from app.record.document import RENDERING_VERSION, SavedRecord
from app.values.caller import Caller
from app.web.http.content_change import ContentChange
from app.web.http.responses import JsonBytes, make_record_etag, read_required_revision
from app.web.middleware.authentication import read_caller
from app.web.state import get_state

Result = TypeVar("Result")
Key = TypeVar("Key", UUID, str)
Content = TypeVar("Content", bound=BaseModel)
Arguments = ParamSpec("Arguments")

Apply = Callable[[dict[str, Any]], Content]
"""A function that makes the new content of a record from its stored document."""


async def run_transaction(
    request: Request,
    service: Callable[Concatenate[Transaction, Caller, Arguments], Result],
    *args: Arguments.args,
    **options: Arguments.kwargs,
) -> Result:
    """Run a service in a transaction, for the caller that the route has admitted."""
    caller = read_caller(request)
    database = get_state(request).database
    return await database.write(
        lambda opened: service(opened, caller, *args, **options), by=caller.key_id
    )


async def answer_create(
    request: Request,
    collection: str,
    service: Callable[Concatenate[Transaction, Caller, Arguments], SavedRecord[Any]],
    *args: Arguments.args,
    **options: Arguments.kwargs,
) -> Response:
    """Create a record and answer 201 with its `Location` below the path of its collection."""
    saved = await run_transaction(request, service, *args, **options)
    return _make_response(saved, 201, {"location": f"{collection}/{saved.id}"})


async def answer_change(
    request: Request,
    service: Callable[[Transaction, Caller, Key, int | None, Apply[Content]], SavedRecord[Key]],
    key: Key,
    change: ContentChange[Content],
) -> Response:
    """Change a record that is still at the revision in If-Match, and answer 200 with it."""
    required = read_required_revision(request)
    saved = await run_transaction(request, service, key, required, change.apply)
    return _make_response(saved)


async def answer_delete(
    request: Request, service: Callable[[Transaction, Caller, Key, int | None], None], key: Key
) -> Response:
    """Delete a record that is still at the revision in If-Match, and answer 204."""
    await run_transaction(request, service, key, read_required_revision(request))
    return Response(status_code=204)


async def answer_restore(
    request: Request,
    service: Callable[Concatenate[Transaction, Caller, Arguments], SavedRecord[Any]],
    *args: Arguments.args,
    **options: Arguments.kwargs,
) -> Response:
    """Restore a deleted record, or undo a merge, and answer 200 with the record."""
    return _make_response(await run_transaction(request, service, *args, **options))


async def answer_merge(
    request: Request,
    service: Callable[[Transaction, Caller, str, str], SavedRecord[str]],
    slug: str,
    into: str,
) -> Response:
    """Merge a record into another, and answer with the winner.

    The status is 202 while events still name the loser, else 200.
    """
    saved = await run_transaction(request, service, slug, into)
    return _make_response(saved, 202 if saved.propagation else 200)


def _make_response(
    saved: SavedRecord[Any], status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Return the record with its ETag, and a link to the progress of its propagation if any."""
    headers = dict(headers or {})
    if saved.propagation:
        headers["link"] = f'</v1/rerenderings/{saved.propagation}>; rel="status"'
    return JsonBytes(
        saved.document.encode(),
        status_code=status,
        etag=make_record_etag(saved.revision, RENDERING_VERSION),
        headers=headers,
    )
