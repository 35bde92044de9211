"""The URLs of name lookups."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.query.names.name_search import NameMatch, look_up
from app.resources.lookup.query import LookupQuery
from app.resources.lookup.schemas import Candidates
from app.web.http.responses import JsonBytes, check_if_none_match, make_list_etag
from app.web.middleware.authentication import read_caller
from app.web.routing.query_route import QueryRoute
from app.web.state import get_state

router = APIRouter(prefix="/v1/lookup", tags=["lookup"], route_class=QueryRoute)

FOUND: dict[int | str, dict[str, Any]] = {
    200: {"model": Candidates, "description": "The candidates, the best first."}
}


@router.get("/actors", responses=FOUND)
async def look_up_actors(request: Request, query: Annotated[LookupQuery, Query()]) -> Response:
    """Look up actors by name.

    Finds other transliterations, word orders, misspellings, parts of names, aliases and codes, and
    gives each candidate a score and its reasons.
    """
    return await _answer(request, "actor", query)


@router.get("/sources", responses=FOUND)
async def look_up_sources(request: Request, query: Annotated[LookupQuery, Query()]) -> Response:
    """Look up sources by name.

    As for actors. For a web address the host is looked up, without `www.`, and the domains above
    it.
    """
    return await _answer(request, "source", query)


async def _answer(request: Request, noun: str, query: LookupQuery) -> Response:
    state = get_state(request)
    found = await look_up(
        state.database, read_caller(request), noun, query.name.strip(), query.limit
    )
    body = orjson.dumps({"items": [_render_candidate(candidate) for candidate in found]})
    etag = make_list_etag(body, state.sealer.secret)
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag)


def _render_candidate(match: NameMatch) -> dict[str, object]:
    shown = {name: match.document[name] for name in ("slug", "name", "kind", "country")}
    return {**shown, "score": match.score, "reason": match.reason}
