"""Routes whose responses depend on records alone, and need not be made twice."""

from typing import ClassVar

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from app.db.database import Database
from app.db.sql.feed_sql import data_version
from app.db.statements import Statement
from app.web.http.conditional import read_header
from app.web.http.response_cache import CacheKey
from app.web.middleware.authentication import read_caller
from app.web.routing.query_route import QueryRoute
from app.web.state import get_state


class CachedRoute(QueryRoute):
    """A route that answers 304 without making the response again."""

    keeps_bodies: ClassVar[bool] = False

    async def respond(self, request: Request) -> Response:
        """Look for a cached response, unless a strong ETag can be made from the revision."""
        asks = self.keeps_bodies or "W/" in (read_header(request, b"if-none-match") or "")
        if request.scope["method"] != "GET" or not asks:
            return await super().respond(request)
        return await self._answer_from_cache(request)

    async def _answer_from_cache(self, request: Request) -> Response:
        backing = get_state(request)
        key, state = make_cache_key(request), await fetch_data_version(backing.database)
        kept = backing.kept.find(key, state)
        known = kept.response(request) if kept is not None else None
        if known is not None:
            return known
        response: Response = await self.endpoint(**await self.arguments.bind(request))
        if await fetch_data_version(backing.database) == state:
            # Nothing was written meanwhile: the response belongs to this version.
            backing.kept.keep(key, state, response, with_body=self.keeps_bodies)
        return response


class CachedBodyRoute(CachedRoute):
    """A route that caches bodies too: different users open the same dashboards."""

    keeps_bodies = True


def make_cache_key(request: Request) -> CacheKey:
    """Return everything that a response depends on besides the version of the data."""
    scope, caller = request.scope, read_caller(request)
    sees = None if caller.sees_all else caller.datasets
    accept = request.headers.get("accept")
    return scope["path"], scope["query_string"], accept, sees, caller.key_id is not None


async def fetch_data_version(database: Database) -> str:
    """Return the version of the data that reads would see now."""
    ((state,),) = await database.fetch(_DATA_VERSION, {})
    return str(state)


_DATA_VERSION = Statement(select(data_version()))
