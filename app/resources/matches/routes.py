"""The URL of matches."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Gone
from app.matching.score import MatchWindow
from app.query.execute import fetch_first
from app.query.names.resolve_names import resolve_names
from app.query.params import AsOfParam
from app.record.document import decode_document, encode_document
from app.resources.events.resource_type import EVENTS
from app.resources.matches.query import MatchQuery
from app.resources.matches.schemas import MatchList
from app.resources.matches.service import MatchCriteria, find_matches, render_match
from app.web.endpoints.record_endpoint import MOVED, explain_absence, make_key_query
from app.web.errors.problems import make_error_responses
from app.web.http.responses import JsonBytes, check_if_none_match, make_list_etag, wrap_documents
from app.web.middleware.authentication import read_caller
from app.web.path_params import EventId
from app.web.routing.query_route import QueryRoute
from app.web.state import get_state

router = APIRouter(prefix="/v1", tags=["matches"], route_class=QueryRoute)

FOUND: dict[int | str, Any] = {
    200: {"model": MatchList, "description": "The matches."},
    **MOVED,
    **make_error_responses(Gone),
}


@router.get("/events/{event_id}/matches", responses=FOUND)
async def list_matches(
    request: Request, event_id: EventId, query: Annotated[MatchQuery, Query()]
) -> Response:
    """List possible matches of an event.

    Events of other datasets that may be the same event, each with a score and its reasons. Time,
    place, type and actors are compared. To state that two events are the same, record a relation
    `same-as`; to take that back, delete the relation.
    """
    state, caller = get_state(request), read_caller(request)
    query = await resolve_names(state.database, query, caller)
    asked = await make_key_query(request, EVENTS, AsOfParam(), event_id)
    page = await fetch_first(state.database, asked, 1)
    if not page.rows:
        raise await explain_absence(request, asked, event_id)
    wanted = MatchCriteria(query.dataset, MatchWindow(query.days, query.km), query.min_score)
    found = await find_matches(state.database, caller, decode_document(page.documents[0]), wanted)
    items = [encode_document(render_match(match)) for match in found.matches[: query.limit]]
    count = {"value": len(found.matches), "kind": "exact"}
    extra = {"considered": found.considered, "complete": found.complete}
    body = wrap_documents(items, None, count, extra)
    etag = make_list_etag(body, state.sealer.secret)
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag)
