"""Reads of the past: the question at the position that `as_of` means, and its header."""

from dataclasses import replace

from starlette.requests import Request

from app.history.as_of import AsOfResolver
from app.query.record_query import PlannedQuery
from app.web.middleware.authentication import read_caller
from app.web.state import AppState, get_state

AS_OF_HEADER = "Annals-As-Of"


async def resolve_as_of(request: Request, as_of: str | None) -> int | None:
    """The settled position that `as_of` means to the caller; None for the present."""
    if as_of is None:
        return None
    backing = get_state(request)
    moments = AsOfResolver(backing.database, backing.seal, read_caller(request))
    return await moments.find(as_of, backing.clock())


async def apply_as_of(request: Request, question: PlannedQuery, as_of: str | None) -> PlannedQuery:
    """The question at the settled position that `as_of` means; the present without it."""
    return replace(question, as_of=await resolve_as_of(request, as_of))


def make_as_of_header(backing: AppState, question: PlannedQuery) -> dict[str, str]:
    """The header that names the position of an answer about the past."""
    if question.as_of is None:
        return {}
    return {AS_OF_HEADER: backing.seal.position(question.as_of)}
