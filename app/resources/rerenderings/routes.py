"""The URL of propagations, called rerenderings in it."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Path
from sqlalchemy import Select, bindparam, select
from starlette.requests import Request
from starlette.responses import Response

from app.db.statements import Row
from app.db.types import RecordId
from app.errors import NotFound, ScopeMissing
from app.models.jobs import rerenderings
from app.query.visibility import VisibleStatement, build_visibility
from app.resources.rerenderings.schemas import Rerendering
from app.values.caller import Caller
from app.values.timestamps import format_timestamp
from app.web.errors.problems import make_error_responses
from app.web.http.responses import JsonBytes, check_if_none_match, make_list_etag
from app.web.middleware.authentication import require_caller
from app.web.routing.query_route import QueryRoute
from app.web.state import get_state

RerenderingId = Annotated[
    UUID,
    Path(
        description="The id in the `Link` of the change.",
        examples=["0190a2c0-0000-7000-8000-000000000001"],
    ),
]

router = APIRouter(prefix="/v1/rerenderings", tags=["rerenderings"], route_class=QueryRoute)


@router.get(
    "/{id}",
    responses={
        200: {"model": Rerendering, "description": "The progress of the propagation."},
        **make_error_responses(NotFound, ScopeMissing),
    },
)
async def get_rerendering(request: Request, id: RerenderingId) -> Response:
    """Get the progress of a propagation.

    Needs `write`. If a new name, another reliability or a merge affects many events, the change
    itself is answered at once, with a `Link` to here. Its events follow in batches, each with a new
    revision; until then an event shows what it showed before. Nothing is lost when a server stops:
    the next one that runs continues.
    """
    caller = require_caller(request, "write")
    state = get_state(request)
    rows = await _STATEMENT.fetch(state.database, caller, {"id": id})
    if not rows:
        raise NotFound(f"there is no rerendering {id}")
    body = orjson.dumps(_render_document(rows[0]))
    etag = make_list_etag(body, state.sealer.secret)
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag)


def _render_document(row: Row) -> dict[str, object]:
    shown = dict(zip(_COLUMNS, row, strict=True))
    done, total = shown.pop("done"), shown.pop("total")
    instants = {name: format_timestamp(shown[name]) for name in ("created_at", "updated_at")}
    # A fraction, since counts would reveal the number of hidden events.
    progress = round(done / total, 2) if total else 1.0
    return {**shown, "id": str(shown["id"]), "progress": progress, **instants}


def _select_rerendering(caller: Caller) -> Select[Any]:
    this = rerenderings.c.id == bindparam("id", type_=RecordId, required=True)
    columns = (rerenderings.c[name] for name in _COLUMNS)
    return select(*columns).where(this, *build_visibility(rerenderings, ("dataset",), caller))


_COLUMNS = (
    "id",
    "noun",
    "slug",
    "into",
    "status",
    "done",
    "total",
    "created_at",
    "updated_at",
)
_STATEMENT = VisibleStatement(_select_rerendering)
