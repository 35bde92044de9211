"""What the URLs of look-ups do."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.query.names.name_search import NameMatch, look_up
from app.resources.lookup.query import LookupQuery
from app.resources.lookup.schemas import Candidates
from app.web.http.conditional import check_if_none_match, make_list_etag
from app.web.http.responses import JsonBytes
from app.web.middleware.authentication import read_caller
from app.web.routing.query_route import QueryRoute
from app.web.state import get_state

router = APIRouter(prefix="/v1/lookup", tags=["lookup"], route_class=QueryRoute)

FOUND: dict[int | str, dict[str, Any]] = {
    200: {"model": Candidates, "description": "Who may be meant."}
}


@router.get("/actors", responses=FOUND)
async def look_up_actors(request: Request, query: Annotated[LookupQuery, Query()]) -> Response:
    """Which actors a name may mean.

    Finds other transliterations, orders of words, slips of a letter, parts of names, aliases and
    codes, and says of each candidate how likely it is and why.
    """
    return await _answer(request, "actor", query)


@router.get("/sources", responses=FOUND)
async def look_up_sources(request: Request, query: Annotated[LookupQuery, Query()]) -> Response:
    """Which sources a name or an address may mean.

    As for actors; of an address its host is looked up, without `www.`, and those above it.
    """
    return await _answer(request, "source", query)


async def _answer(request: Request, noun: str, query: LookupQuery) -> Response:
    backing = get_state(request)
    found = await look_up(
        backing.database, read_caller(request), noun, query.name.strip(), query.limit
    )
    body = orjson.dumps({"items": [_render_candidate(each) for each in found]})
    etag = make_list_etag(body, backing.seal.secret)
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag)


def _render_candidate(match: NameMatch) -> dict[str, object]:
    shown = {name: match.document[name] for name in ("slug", "name", "kind", "country")}
    return {**shown, "score": match.score, "reason": match.reason}
