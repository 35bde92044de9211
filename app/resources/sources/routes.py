"""The URLs of sources."""

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
from app.web.endpoints.record_endpoint import answer_current_record
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
from app.web.routing.query_route import CachedRoute
from app.web.schemas import make_list_model

router = APIRouter(prefix="/v1/sources", tags=["sources"], route_class=CachedRoute)

SourceList = make_list_model(Source)
SourcePath = Annotated[
    str, Path(min_length=1, max_length=100, description="The source's slug.", examples=["kcna"])
]
RESTORED_RESPONSES: dict[int | str, Any] = {
    200: {"model": Source, "description": "The source after the change."},
    **make_error_responses(Conflict, NotFound),
}
HISTORY_RESPONSES: dict[int | str, Any] = {
    200: {"model": make_list_model(HistoryEntry), "description": "A page of revisions."}
}
REVISION_RESPONSES: dict[int | str, Any] = {
    200: {"model": Source, "description": "The source as it was."}
}


@router.get("", responses={200: {"model": SourceList, "description": "A page of the list."}})
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
    """Create a source.

    A source created for a private dataset is visible to those who see that dataset, until somebody
    who sees it names it in a public one. A slug that is taken, even by something that the key
    cannot see, is 409 `slug-taken`.
    """
    return await answer_create(request, "/v1/sources", service.create_source, body)


@router.get(
    "/{slug}",
    responses={
        200: {"model": Source, "description": "The source."},
        308: {"description": "It was merged into the record at `Location`."},
        **make_error_responses(Gone, NotFound),
    },
)
async def get_source(
    request: Request, slug: SourcePath, query: Annotated[AsOfParam, Query()]
) -> Response:
    """Get a source.

    The source as it is now, or as of an earlier time with `as_of`.
    """
    return await answer_current_record(request, SOURCES, slug, query)


@router.put(
    "/{slug}", responses={200: {"model": Source, "description": "The source after the change."}}
)
async def replace_source(
    request: Request,
    slug: SourcePath,
    change: Annotated[
        ContentChange[SourceContent], Replacement(SourceReplace), Body(media_type=JSON)
    ],
) -> Response:
    """Replace a source.

    What is left out falls back to its default. The slug never changes, and PUT never creates a
    source. Fields that Annals sets may be sent back as they were read. Content that is the same
    makes no revision. If its reliability, its owner or the actor that it speaks for changes, the
    events with its claims are verified again.
    """
    return await answer_change(request, service.change_source, slug, change)


@router.patch(
    "/{slug}", responses={200: {"model": Source, "description": "The source after the change."}}
)
async def patch_source(
    request: Request,
    slug: SourcePath,
    change: Annotated[
        ContentChange[SourceContent], MergePatch(SourcePatch), Body(media_type=MERGE_PATCH)
    ],
) -> Response:
    """Change fields of a source.

    The body is a JSON merge patch (RFC 7396): null removes a value, and what is left out stays.
    """
    return await answer_change(request, service.change_source, slug, change)


@router.delete("/{slug}", status_code=204, responses=make_error_responses(Conflict))
async def delete_source(request: Request, slug: SourcePath) -> Response:
    """Delete a source.

    A source that has claims, that claims repeat, or that owns other sources is in use: 409.
    """
    return await answer_delete(request, service.delete_source, slug)


@router.post("/{slug}/restore", responses=RESTORED_RESPONSES)
async def restore_source(request: Request, slug: SourcePath) -> Response:
    """Restore a source.

    The deleted source comes back as it was. An owner or actor that was merged meanwhile is the one
    that it was merged into.
    """
    return await answer_restore(request, service.restore_source, slug)


@router.get("/{slug}/history", responses=HISTORY_RESPONSES)
async def list_history_of_source(
    request: Request, slug: SourcePath, query: Annotated[HistoryQuery, Query()]
) -> Response:
    """List the revisions of a source.

    The newest come first, each with the values that it changed. A source that was deleted or merged
    has them too. `recorded_by` shows only to keys.
    """
    return await answer_history(request, SOURCES, query, slug)


@router.get("/{slug}/history/{revision}", responses=REVISION_RESPONSES)
async def get_revision_of_source(
    request: Request, slug: SourcePath, revision: RevisionPath
) -> Response:
    """Get a revision of a source.

    The whole source as it was at that revision.
    """
    return await answer_revision(request, SOURCES, slug, revision)


@router.post(
    "/{slug}/merge",
    responses={
        200: {"model": Source, "description": "The source that stays."},
        202: {"model": Source, "description": "The merge continues; `Link` leads to its progress."},
        **make_error_responses(Conflict, NotFound),
    },
)
async def merge_source_into(
    request: Request, slug: SourcePath, body: Annotated[MergeInto, Body(media_type=JSON)]
) -> Response:
    """Merge a source into another.

    Both are the same source. Its claims become claims of the other, and are verified by the facts
    of the other. From then on the slug of this source answers 308, and means the other in filters,
    writes and imports. If many events name it, they are rewritten in batches (202); until then each
    is found under the source that it names. A merge cannot be undone: `as_of` shows the records
    before it.
    """
    return await answer_merge(request, service.merge_source, slug, body.into)
