"""The position that `as_of` names, and the response header that states it."""

from starlette.requests import Request

from app.history.as_of import AsOfResolver
from app.web.middleware.authentication import read_caller
from app.web.state import AppState, get_state

AS_OF_HEADER = "Annals-As-Of"


async def resolve_as_of(request: Request, as_of: str | None) -> int | None:
    """Return the settled position that `as_of` means to the caller; None for the present."""
    if as_of is None:
        return None
    state = get_state(request)
    resolver = AsOfResolver(state.database, state.sealer, read_caller(request))
    return await resolver.find_position(as_of, state.clock())


def make_as_of_header(state: AppState, position: int | None) -> dict[str, str]:
    """Return the header that names the position of an answer about the past."""
    return {} if position is None else {AS_OF_HEADER: state.sealer.seal_position(position)}
