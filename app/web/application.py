"""The assembly of the application: `make_application`, then the routers, then `install`."""

from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
)
from pydantic import BaseModel
from starlette.types import Lifespan

from app.db.limits.admission import Admission, RequestLimits
from app.settings import Settings
from app.web.errors.error_handlers import install_handlers
from app.web.health import ReadinessChecks, make_health_router
from app.web.middleware.authentication import Authenticate, AuthenticationMiddleware, ClientNames
from app.web.middleware.edge import EdgeMiddleware
from app.web.observability import AccessLog, WriteLine, write_through_structlog
from app.web.openapi.openapi_document import describe, make_operation_id
from app.web.routing.fast_routing import FastRouting
from app.web.site import problem_pages
from app.web.site.docs import make_docs_router

# Without the SDK there is no tracing; FastAPI would look for it at each request.
_TELEMETRY: TelemetryConfig | None = (
    None if find_spec("opentelemetry.sdk") else {"tracing": False, "metrics": False, "logs": False}
)


class ApiDescription(BaseModel, frozen=True):
    """The API's description in the OpenAPI document; `tags` are names with descriptions."""

    title: str
    version: str
    summary: str
    description: str
    tags: Mapping[str, str]
    licence: str = "Apache-2.0"


def make_application(about: ApiDescription, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """Make an empty application: none of FastAPI's own routes, no redirects, our operationIds."""
    return FastAPI(
        title=about.title,
        version=about.version,
        summary=about.summary,
        description=about.description,
        contact={"name": about.title},
        license_info={"name": about.licence, "identifier": about.licence},
        openapi_tags=[
            {"name": name, "description": description} for name, description in about.tags.items()
        ],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=make_operation_id,
        lifespan=lifespan,
        telemetry=_TELEMETRY,
    )


def install(
    app: FastAPI,
    settings: Settings,
    *,
    authenticate: Authenticate,
    needs: ReadinessChecks | None = None,
    extra_models: tuple[type[BaseModel], ...] = (),
    write_line: WriteLine = write_through_structlog,
) -> None:
    """Add everything that all routes share; call it once, after the routers are included.

    From the outside in: the edge (ids, HEAD, CORS, headers, limits, compression, errors, log and
    metrics), authentication, fast routing, then FastAPI. The service's own routes come last, after
    the routes that get most requests. `write_line` writes the log line of each request.
    """
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    install_handlers(app)
    app.add_middleware(FastRouting)
    app.add_middleware(
        AuthenticationMiddleware,
        authenticate=authenticate,
        admission=Admission(RequestLimits.from_settings(settings)),
        askers=ClientNames(settings.trusted_proxies),
        open_reads=settings.open_reads,
    )
    app.add_middleware(
        EdgeMiddleware,
        access_log=AccessLog(registry, write_line),
        body_limit=settings.body_limit,
        upload_limit=settings.upload_limit,
    )
    app.include_router(make_health_router(needs or ReadinessChecks({}), registry))
    app.include_router(problem_pages.router)
    app.include_router(make_docs_router(app))
    app.openapi = partial(describe, app, extra_models)  # type: ignore[method-assign]
