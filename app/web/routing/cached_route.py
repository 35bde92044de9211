"""Routes whose answers depend on records alone, so that what is known need not be made again."""

from typing import ClassVar

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from app.db.data_version import state_of_database
from app.db.database import Database
from app.db.statements import Statement
from app.web.http.request_headers import sent_header
from app.web.http.response_cache import Key
from app.web.middleware.authentication import caller_of
from app.web.routing.query_route import QueryRoute
from app.web.state import backing_of


class RecordRoute(QueryRoute):
    """Answers a client that has the answer already without making it."""

    keeps_bodies: ClassVar[bool] = False

    async def respond(self, request: Request) -> Response:
        """Look for what is known; a strong tag is of one record, and told from its revision."""
        asks = self.keeps_bodies or "W/" in (sent_header(request, b"if-none-match") or "")
        if request.scope["method"] != "GET" or not asks:
            return await super().respond(request)
        return await self._known_or_made(request)

    async def _known_or_made(self, request: Request) -> Response:
        backing = backing_of(request)
        key, state = question_key(request), await read_state(backing.database)
        kept = backing.kept.find(key, state)
        known = kept.response(request) if kept is not None else None
        if known is not None:
            return known
        response: Response = await self.endpoint(**await self.arguments.bind(request))
        if await read_state(backing.database) == state:
            # Nothing was written meanwhile: the answer belongs to this state.
            backing.kept.keep(key, state, response, with_body=self.keeps_bodies)
        return response


class CountRoute(RecordRoute):
    """Keeps the answers too: what dashboards ask is asked again by the next who looks."""

    keeps_bodies = True


def question_key(request: Request) -> Key:
    """All that an answer depends on beside the state of the database."""
    scope, caller = request.scope, caller_of(request)
    sees = None if caller.sees_all else caller.datasets
    accept = request.headers.get("accept")
    return scope["path"], scope["query_string"], accept, sees, caller.key_id is not None


async def read_state(database: Database) -> str:
    """The state that reads would see now."""
    ((state,),) = await database.fetch(_STATE, {})
    return str(state)


_STATE = Statement(select(state_of_database()))
