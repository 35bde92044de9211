"""Routes whose answers depend on records alone, so that what is known need not be made again."""

from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response

from app.web.backing import backing_of
from app.web.kept import question_key, read_state
from app.web.query_route import QueryRoute
from app.web.sent import sent_header


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
