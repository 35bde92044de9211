"""What stands behind the routes: the database, the seal and the settings, put there by `main`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from starlette.requests import Request

from app.aggregate.columns.column_cache import Counting
from app.db.database import Database
from app.query.opaque_tokens import TokenSealer
from app.settings import Settings
from app.web.http.response_cache import ResponseCache
from app.web.http.response_spool import SpoolSpace


@dataclass
class AppState:
    """Shared by all requests of one process; `clock` gives microseconds since the epoch."""

    database: Database
    seal: TokenSealer
    settings: Settings
    clock: Callable[[], int]
    counting: Counting
    kept: ResponseCache = field(default_factory=ResponseCache)
    spool: SpoolSpace = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        most, share = settings.export_spool_bytes, settings.export_spool_share
        self.spool = SpoolSpace(settings.spool_dir, most=most, share=share)


def get_state(request: Request) -> AppState:
    """What stands behind the application that answers this request."""
    return cast(AppState, request.scope["app"].state.backing)


def make_absolute_url(request: Request, path: str) -> str:
    """Return where a path is served: below the public address, if it is set, whatever was asked.

    Without one it is below the host that the request named, so no answer with it may be kept for
    another.
    """
    public_url = get_state(request).settings.public_url
    return f"{(public_url or str(request.base_url)).rstrip('/')}{path}"
