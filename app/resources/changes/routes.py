"""The URL of the change feed."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.history.change_feed import ChangeFilter, read_changes
from app.query.names.resolve_names import resolve_names
from app.query.opaque_tokens import TokenSealer
from app.resources.changes.query import ChangeQuery
from app.resources.changes.schemas import ChangeList
from app.values.timestamps import format_timestamp
from app.web.http.responses import JsonBytes, check_if_none_match, make_list_etag
from app.web.middleware.authentication import read_caller
from app.web.routing.query_route import QueryRoute
from app.web.state import get_state

router = APIRouter(prefix="/v1", tags=["changes"], route_class=QueryRoute)


@router.get(
    "/changes", responses={200: {"model": ChangeList, "description": "Changes, oldest first."}}
)
async def list_changes(request: Request, query: Annotated[ChangeQuery, Query()]) -> Response:
    """List changes.

    The changes after a position, in the order of the feed. Every change comes once, and none is
    missed, however many clients write at the same time. `next_cursor` is the position to continue
    from, even if there is nothing new.
    """
    state = get_state(request)
    query = await resolve_names(state.database, query, read_caller(request))
    after = state.sealer.open_position(query.after, "after") if query.after else 0
    wanted = ChangeFilter(query.kind, query.operation, query.dataset, query.id)
    body = await _fetch_page(request, wanted, after, query.limit)
    etag = make_list_etag(body, state.sealer.secret)
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag)


async def _fetch_page(request: Request, wanted: ChangeFilter, after: int, limit: int) -> bytes:
    state, caller = get_state(request), read_caller(request)
    found = await read_changes(state.database, caller, wanted, after=after, limit=limit)
    seal: TokenSealer = state.sealer
    items = [
        {
            "position": seal.seal_position(change.position),
            "operation": change.operation,
            "kind": change.kind,
            "id": change.id,
            "revision": change.revision,
            "at": format_timestamp(change.at),
        }
        for change in found
    ]
    # Not the end of the feed, which would reveal hidden changes, but of those that are visible.
    ends_at = found[-1].position if found else after
    return orjson.dumps({"items": items, "next_cursor": seal.seal_position(ends_at)}, default=str)
