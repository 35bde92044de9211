"""The state that all requests share: database, token sealer, settings and caches."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from starlette.requests import Request

from app.db.database import Database
from app.query.opaque_tokens import TokenSealer
from app.settings import Settings
from app.web.http.response_cache import ResponseCache
from app.web.http.response_spool import SpoolSpace

if TYPE_CHECKING:
    # Commands import this module too, and need not wait for numpy.
    from app.aggregate.engine import AggregateEngine


@dataclass
class AppState:
    """The state of one process; `clock` gives microseconds since the epoch."""

    database: Database
    sealer: TokenSealer
    settings: Settings
    clock: Callable[[], int]
    engine: "AggregateEngine"
    response_cache: ResponseCache = field(default_factory=ResponseCache)
    spool: SpoolSpace = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        most, share = settings.export_spool_bytes, settings.export_spool_share
        self.spool = SpoolSpace(settings.spool_dir, most=most, share=share)


def get_state(request: Request) -> AppState:
    """Return the state of the application that answers this request."""
    return cast(AppState, request.scope["app"].state.annals)


def make_absolute_url(request: Request, path: str) -> str:
    """Return the absolute URL of a path, below the public address if that is set.

    Otherwise it is below the host in the request, so that the response must not be cached for
    others.
    """
    public_url = get_state(request).settings.public_url
    return f"{(public_url or str(request.base_url)).rstrip('/')}{path}"
