"""Fast routing to query routes: one lookup in a table instead of a walk over all routes.

FastAPI tries each route in turn, twice for those of an included router, and then prepares for
dependencies. With sixty routes that costs more than reading the record.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.routing import RouteContext, iter_route_contexts
from starlette.convertors import Convertor, PathConvertor
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from app.web.routing.query_route import QueryRoute


@dataclass(frozen=True, slots=True)
class _RouteEntry:
    """One included route: its place in the order, and its pattern."""

    place: int
    route: BaseRoute
    pattern: re.Pattern[str]
    methods: frozenset[str]
    convertors: dict[str, Convertor[Any]]


class FastRouting:
    """Middleware that hands requests directly to query routes, and all others to FastAPI.

    The first route that matches wins, as in FastAPI. The routes are read at the first request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.table: RouteTable | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by a query route if it is the first that matches."""
        if scope["type"] != "http" or scope.get("root_path"):
            await self.app(scope, receive, send)
            return
        if self.table is None:
            self.table = RouteTable(scope["app"].routes)
        found = self.table.find(scope["path"], scope["method"])
        if found is None:
            await self.app(scope, receive, send)
            return
        route, path_params = found
        scope["path_params"] = path_params
        scope["route"] = route
        scope["endpoint"] = route.endpoint
        scope["router"] = scope["app"].router
        await route.answer(scope, receive, send)


class RouteTable:
    """All routes of an application, by their paths."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._literal: dict[str, list[_RouteEntry]] = {}
        self._by_parts: dict[int, list[_RouteEntry]] = {}
        self._spanning: list[_RouteEntry] = []
        for place, context in enumerate(iter_route_contexts(routes)):
            self._add(place, context)
        for entries in self._by_parts.values():
            entries.extend(self._spanning)
            entries.sort(key=lambda entry: entry.place)

    def find(self, path: str, method: str) -> tuple[QueryRoute, dict[str, Any]] | None:
        """Return the query route that matches the request, and its path parameters.

        Return None if there is no such route, or another kind of route comes first.
        """
        for entry in self._list_candidates(path):
            if entry.methods and method not in entry.methods:
                continue
            match = entry.pattern.match(path)
            if match is None:
                continue
            if not isinstance(entry.route, QueryRoute):
                return None
            texts = match.groupdict()
            return entry.route, {
                name: entry.convertors[name].convert(text) for name, text in texts.items()
            }
        return None

    def _list_candidates(self, path: str) -> Iterator[_RouteEntry]:
        literal = self._literal.get(path)
        others = self._by_parts.get(path.count("/"), self._spanning)
        if literal is None:
            return iter(others)
        if not others or literal[-1].place < others[0].place:
            return iter([*literal, *others])
        return iter(sorted([*literal, *others], key=lambda entry: entry.place))

    def _add(self, place: int, context: RouteContext) -> None:
        pattern = getattr(context, "path_regex", None)
        if pattern is None or context.path_format is None:
            return
        convertors = dict(getattr(context, "param_convertors", {}))
        methods = frozenset(context.methods or ())
        entry = _RouteEntry(place, context.original_route, pattern, methods, convertors)
        spans = any(isinstance(convertor, PathConvertor) for convertor in convertors.values())
        if spans or isinstance(context.original_route, Mount):
            self._spanning.append(entry)
        elif convertors:
            self._by_parts.setdefault(context.path_format.count("/"), []).append(entry)
        else:
            self._literal.setdefault(context.path_format, []).append(entry)
