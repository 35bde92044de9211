"""What the URL of a rerendering does."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Path
from sqlalchemy import bindparam, select
from starlette.requests import Request
from starlette.responses import Response

from app.db.statements import Row, Statement
from app.db.types import RecordId
from app.errors import NotFound, ScopeMissing
from app.models.jobs import rerenderings
from app.query.visibility import bind_grants, build_visibility
from app.resources.rerenderings.schemas import Rerendering
from app.values.caller import ANONYMOUS, OPERATOR, Caller
from app.values.timestamps import instant_text
from app.web.errors.problems import responses_for
from app.web.http.conditional import if_none_match, list_etag
from app.web.http.responses import JsonBytes
from app.web.middleware.authentication import caller_who_may
from app.web.routing.query_route import QueryRoute
from app.web.state import backing_of

RerenderingId = Annotated[
    UUID,
    Path(
        description="As the `Link` of the change named it.",
        examples=["0190a2c0-0000-7000-8000-000000000001"],
    ),
]

router = APIRouter(prefix="/v1/rerenderings", tags=["rerenderings"], route_class=QueryRoute)


@router.get(
    "/{id}",
    responses={
        200: {"model": Rerendering, "description": "How far it is."},
        **responses_for(NotFound, ScopeMissing),
    },
)
async def get_rerendering(request: Request, id: RerenderingId) -> Response:
    """How far a change of an actor or a source has come in its events.

    Needs `write`. Where a new name, another reliability or a merge concerns many events, the change
    itself is answered at once, with a `Link` to here; its events follow in batches, each with a
    new revision. Until then an event shows what it showed before. Nothing is lost when a server
    stops: whichever runs next goes on.
    """
    caller = caller_who_may(request, "write")
    backing = backing_of(request)
    rows = await backing.database.fetch(_ONE[caller.sees_all], {"id": id, **bind_grants(caller)})
    if not rows:
        raise NotFound(f"there is no rerendering {id}")
    body = orjson.dumps(_document(rows[0]))
    etag = list_etag(body, backing.seal.secret)
    return if_none_match(request, etag) or JsonBytes(body, etag=etag)


def _document(row: Row) -> dict[str, object]:
    shown = dict(zip(_SHOWN, row, strict=True))
    done, total = shown.pop("done"), shown.pop("total")
    instants = {name: instant_text(shown[name]) for name in ("created_at", "updated_at")}
    # A fraction and no counts: how many events there are is not for everybody to know.
    progress = round(done / total, 2) if total else 1.0
    return {**shown, "id": str(shown["id"]), "progress": progress, **instants}


def _one(caller: Caller) -> Statement:
    this = rerenderings.c.id == bindparam("id", type_=RecordId, required=True)
    columns = (rerenderings.c[name] for name in _SHOWN)
    return Statement(
        select(*columns).where(this, *build_visibility(rerenderings, ("dataset",), caller))
    )


_SHOWN = (
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
_ONE = [_one(asker) for asker in (ANONYMOUS, OPERATOR)]
