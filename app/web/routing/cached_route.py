"""Routes whose answers depend on records alone, so that what is known need not be made again."""

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
    """Answers a client that has the answer already without making it."""

    keeps_bodies: ClassVar[bool] = False

    async def respond(self, request: Request) -> Response:
        """Look for what is known; a strong tag is of one record, and told from its revision."""
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
            # Nothing was written meanwhile: the answer belongs to this state.
            backing.kept.keep(key, state, response, with_body=self.keeps_bodies)
        return response


class CachedBodyRoute(CachedRoute):
    """Keeps the answers too: what dashboards ask is asked again by the next who looks."""

    keeps_bodies = True


def make_cache_key(request: Request) -> CacheKey:
    """All that an answer depends on beside the state of the database."""
    scope, caller = request.scope, read_caller(request)
    sees = None if caller.sees_all else caller.datasets
    accept = request.headers.get("accept")
    return scope["path"], scope["query_string"], accept, sees, caller.key_id is not None


async def fetch_data_version(database: Database) -> str:
    """The state that reads would see now."""
    ((state,),) = await database.fetch(_DATA_VERSION, {})
    return str(state)


_DATA_VERSION = Statement(select(data_version()))
