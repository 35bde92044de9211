"""What the URLs of sources do."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Conflict, Gone, NotFound
from app.query.params import AsOfParam
from app.record.reference_records.shared_schemas import MergeInto
from app.resources.sources import service
from app.resources.sources.query import SourceQuery
from app.resources.sources.resource_type import SOURCES
from app.resources.sources.schemas import (
    Source,
    SourceContent,
    SourceCreate,
    SourcePatch,
    SourceReplace,
)
from app.web.endpoints.history_endpoint import (
    HistoryEntry,
    HistoryQuery,
    answer_history,
    answer_revision,
)
from app.web.endpoints.list_endpoint import answer_list
from app.web.endpoints.slug_endpoint import answer_current_record
from app.web.endpoints.write_endpoint import (
    answer_change,
    answer_create,
    answer_delete,
    answer_merge,
    answer_restore,
)
from app.web.errors.problems import make_error_responses
from app.web.http.content_change import ContentChange, MergePatch, Replacement
from app.web.http.negotiation import JSON, MERGE_PATCH
from app.web.path_params import RevisionPath
from app.web.routing.cached_route import CachedRoute
from app.web.schemas import make_list_model

router = APIRouter(prefix="/v1/sources", tags=["sources"], route_class=CachedRoute)

SourceList = make_list_model(Source)
SourcePath = Annotated[
    str, Path(min_length=1, max_length=100, description="The source's slug.", examples=["kcna"])
]
RESTORED_RESPONSES: dict[int | str, Any] = {
    200: {"model": Source, "description": "The source as it now is."},
    **make_error_responses(Conflict, NotFound),
}
HISTORY_RESPONSES: dict[int | str, Any] = {
    200: {"model": make_list_model(HistoryEntry), "description": "A page of revisions."}
}
REVISION_RESPONSES: dict[int | str, Any] = {
    200: {"model": Source, "description": "The source as it was."}
}


@router.get("", responses={200: {"model": SourceList, "description": "One page."}})
async def list_sources(request: Request, query: Annotated[SourceQuery, Query()]) -> Response:
    """List sources.

    All filters must hold; several values of one filter are alternatives.
    """
    return await answer_list(request, SOURCES, query)


@router.post(
    "",
    status_code=201,
    responses={
        201: {"model": Source, "description": "The source."},
        **make_error_responses(Conflict),
    },
)
async def create_source(
    request: Request, body: Annotated[SourceCreate, Body(media_type=JSON)]
) -> Response:
    """Make a source.

    One that is made for a private dataset shows to whom that dataset shows, until somebody
    who sees it names it in a public one. A slug that is taken, be it by something that the key
    does not see, is 409 `slug-taken`.
    """
    return await answer_create(request, "/v1/sources", service.create_source, body)


@router.get(
    "/{slug}",
    responses={
        200: {"model": Source, "description": "The source."},
        308: {"description": "It was merged into another, which is there."},
        **make_error_responses(Gone, NotFound),
    },
)
async def get_source(
    request: Request, slug: SourcePath, query: Annotated[AsOfParam, Query()]
) -> Response:
    """Read a source, now or as of a moment."""
    return await answer_current_record(request, SOURCES, slug, query)


@router.put(
    "/{slug}", responses={200: {"model": Source, "description": "The source as it now is."}}
)
async def replace_source(
    request: Request,
    slug: SourcePath,
    change: Annotated[
        ContentChange[SourceContent], Replacement(SourceReplace), Body(media_type=JSON)
    ],
) -> Response:
    """Give a source other content.

    What is left out falls back to its default. The slug never changes, and a source that is
    not there is not made. Fields that Annals sets may be sent as they were read; content that is
    the same makes no revision.
    Where its reliability, its owner or whom it speaks for changes, the events with its claims
    are judged anew.
    """
    return await answer_change(request, service.change_source, slug, change)


@router.patch(
    "/{slug}", responses={200: {"model": Source, "description": "The source as it now is."}}
)
async def patch_source(
    request: Request,
    slug: SourcePath,
    change: Annotated[
        ContentChange[SourceContent], MergePatch(SourcePatch), Body(media_type=MERGE_PATCH)
    ],
) -> Response:
    """Change some fields of a source, by a JSON merge patch (RFC 7396)."""
    return await answer_change(request, service.change_source, slug, change)


@router.delete("/{slug}", status_code=204, responses=make_error_responses(Conflict))
async def delete_source(request: Request, slug: SourcePath) -> Response:
    """Delete a source.

    One that has claims, that claims repeat or that owns other sources is in use.
    """
    return await answer_delete(request, service.delete_source, slug)


@router.post("/{slug}/restore", responses=RESTORED_RESPONSES)
async def restore_source(request: Request, slug: SourcePath) -> Response:
    """Bring back a deleted source as it was, with whom its owner and its actor are by now."""
    return await answer_restore(request, service.restore_source, slug)


@router.get("/{slug}/history", responses=HISTORY_RESPONSES)
async def list_history_of_source(
    request: Request, slug: SourcePath, query: Annotated[HistoryQuery, Query()]
) -> Response:
    """The revisions of a source, the newest first, each with what it changed.

    Also of one that was deleted or merged away. `recorded_by` shows only to keys.
    """
    return await answer_history(request, SOURCES, query, slug)


@router.get("/{slug}/history/{revision}", responses=REVISION_RESPONSES)
async def get_revision_of_source(
    request: Request, slug: SourcePath, revision: RevisionPath
) -> Response:
    """The whole source as it was at one revision."""
    return await answer_revision(request, SOURCES, slug, revision)


@router.post(
    "/{slug}/merge",
    responses={
        200: {"model": Source, "description": "The source that stays."},
        202: {"model": Source, "description": "It is under way; `Link` leads to how far."},
        **make_error_responses(Conflict, NotFound),
    },
)
async def merge_source_into(
    request: Request, slug: SourcePath, body: Annotated[MergeInto, Body(media_type=JSON)]
) -> Response:
    """Merge a source into another that is the same.

    Its claims become the other's, and are judged by what the other one is.
    From then on the slug of this one answers 308, and means the other in filters, writes and
    imports. Many events are rewritten in batches (202); until that is done each is found
    under the source that it names. There is no way back: `as_of` shows what was before.
    """
    return await answer_merge(request, service.merge_source, slug, body.into)
