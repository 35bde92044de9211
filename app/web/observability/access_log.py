"""The access log: counts and one log line for each request."""

import structlog
from fastapi.routing import iter_route_contexts
from prometheus_client import CollectorRegistry
from starlette.types import Scope

from app.db.driver_errors import is_disk_full
from app.errors import AnnalsError
from app.web.observability.log_format import WriteLine
from app.web.observability.metrics import RequestMetrics

UNMATCHED = "unmatched"
"""The route label of requests without a route, whose paths must not become labels."""

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_UNLOGGED_ROUTES = frozenset({"/livez", "/readyz", "/healthz", "/metrics"})


class RouteNames:
    """The templates of routes (`/v1/events/{id}`), found from the request's scope after routing."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}

    def name(self, scope: Scope) -> str:
        """Return the template of the route that answered the request, with its prefixes."""
        taken = scope.get("route") or scope.get("endpoint")
        if taken is None:
            return UNMATCHED
        name = self._names.get(id(taken))
        if name is None:
            self._read_routes(scope)
            name = self._names.setdefault(id(taken), UNMATCHED)
        return name

    def _read_routes(self, scope: Scope) -> None:
        for context in iter_route_contexts(scope["app"].routes):
            template = context.path_format or UNMATCHED
            for key in (context.original_route, context.endpoint, context.route):
                if key is not None:
                    self._names.setdefault(id(key), template)


class AccessLog:
    """A log with one line for each request, without the query string, and Prometheus counts."""

    def __init__(self, registry: CollectorRegistry, write_line: WriteLine) -> None:
        self._metrics = RequestMetrics()
        registry.register(self._metrics)
        self._names = RouteNames()
        self._write_line = write_line
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("annals.access")

    def note(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        """Record one answered request."""
        route = self._names.name(scope)
        self._metrics.count(method if method in _METHODS else "other", route, status, seconds)
        if route in _UNLOGGED_ROUTES:
            return
        caller = scope["state"].get("caller")
        self._write_line(
            "request",
            {
                "method": method,
                "route": route,
                **_describe_request(scope),
                "status": status,
                "ms": round(seconds * 1000, 2),
                "key": caller.key_id if caller is not None else None,
            },
        )

    def failed(self, scope: Scope, error: Exception) -> None:
        """Log an error of the server, with the trace id that the client gets."""
        if isinstance(error, AnnalsError) or is_disk_full(error):
            self._log.error("request failed", **_describe_request(scope), **_describe_error(error))
        else:
            self._log.error("unhandled error", **_describe_request(scope), exc_info=error)

    def broken_off(self, scope: Scope, error: Exception) -> None:
        """Log a response that ended early, with its reason."""
        self._log.warning("answer broken off", **_describe_request(scope), **_describe_error(error))


def _describe_error(error: Exception) -> dict[str, str | None]:
    return {"reason": str(error), "cause": str(error.__cause__) if error.__cause__ else None}


def _describe_request(scope: Scope) -> dict[str, str]:
    """Return the fields of a log line that identify the request."""
    state = scope["state"]
    return {
        "path": scope["path"],
        "request_id": state["request_id"],
        "trace_id": state["trace_id"],
    }
