"""What the URLs of datasets do."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Conflict, Gone, NotFound
from app.query.params import AsOfParam
from app.resources.datasets import service
from app.resources.datasets.query import DatasetQuery
from app.resources.datasets.resource_type import DATASETS
from app.resources.datasets.schemas import (
    Dataset,
    DatasetContent,
    DatasetCreate,
    DatasetPatch,
    DatasetReplace,
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
    answer_restore,
)
from app.web.errors.problems import make_error_responses
from app.web.http.content_change import ContentChange, MergePatch, Replacement
from app.web.http.negotiation import JSON, MERGE_PATCH
from app.web.path_params import RevisionPath
from app.web.routing.cached_route import CachedRoute
from app.web.routing.query_route import needs_scope
from app.web.schemas import make_list_model

router = APIRouter(prefix="/v1/datasets", tags=["datasets"], route_class=CachedRoute)

DatasetList = make_list_model(Dataset)
DatasetPath = Annotated[
    str,
    Path(min_length=1, max_length=100, description="The dataset's slug.", examples=["ucdp-ged"]),
]
RESTORED_RESPONSES: dict[int | str, Any] = {
    200: {"model": Dataset, "description": "The dataset as it now is."},
    **make_error_responses(Conflict, NotFound),
}
HISTORY_RESPONSES: dict[int | str, Any] = {
    200: {"model": make_list_model(HistoryEntry), "description": "A page of revisions."}
}
REVISION_RESPONSES: dict[int | str, Any] = {
    200: {"model": Dataset, "description": "The dataset as it was."}
}


@router.get("", responses={200: {"model": DatasetList, "description": "One page."}})
async def list_datasets(request: Request, query: Annotated[DatasetQuery, Query()]) -> Response:
    """List datasets.

    Private ones show only to keys that may see them.
    """
    return await answer_list(request, DATASETS, query)


@router.post(
    "",
    status_code=201,
    responses={
        201: {"model": Dataset, "description": "The dataset."},
        **make_error_responses(Conflict),
    },
)
async def create_dataset(
    request: Request, body: Annotated[DatasetCreate, Body(media_type=JSON)]
) -> Response:
    """Make a dataset.

    The key that makes a private dataset may see it from then on. A slug that is taken, be it by
    something that the key does not see, is 409 `slug-taken`.
    """
    return await answer_create(request, "/v1/datasets", service.create_dataset, body)


@router.get(
    "/{slug}",
    responses={
        200: {"model": Dataset, "description": "The dataset."},
        **make_error_responses(Gone, NotFound),
    },
)
async def get_dataset(
    request: Request, slug: DatasetPath, query: Annotated[AsOfParam, Query()]
) -> Response:
    """Read a dataset, now or as of a moment."""
    return await answer_current_record(request, DATASETS, slug, query)


@router.put(
    "/{slug}", responses={200: {"model": Dataset, "description": "The dataset as it now is."}}
)
async def replace_dataset(
    request: Request,
    slug: DatasetPath,
    change: Annotated[
        ContentChange[DatasetContent], Replacement(DatasetReplace), Body(media_type=JSON)
    ],
) -> Response:
    """Give a dataset other content.

    What is left out falls back to its default. The slug never changes, and a dataset that is
    not there is not made. Fields that Annals sets may be sent as they were read; content that is
    the same makes no revision.
    A change of visibility needs `admin`. With a dataset that becomes public, so do the actors and
    sources that belong to it or that it names.
    """
    return await answer_change(request, service.change_dataset, slug, change)


@router.patch(
    "/{slug}", responses={200: {"model": Dataset, "description": "The dataset as it now is."}}
)
async def patch_dataset(
    request: Request,
    slug: DatasetPath,
    change: Annotated[
        ContentChange[DatasetContent], MergePatch(DatasetPatch), Body(media_type=MERGE_PATCH)
    ],
) -> Response:
    """Change some fields of a dataset, by a JSON merge patch (RFC 7396)."""
    return await answer_change(request, service.change_dataset, slug, change)


@router.delete("/{slug}", status_code=204, responses=make_error_responses(Conflict))
@needs_scope("admin")
async def delete_dataset(request: Request, slug: DatasetPath) -> Response:
    """Delete a dataset.

    Needs `admin`. Only a dataset that never held a record can go: deleted records stay in the
    past under its name.
    """
    return await answer_delete(request, service.delete_dataset, slug)


@router.post("/{slug}/restore", responses=RESTORED_RESPONSES)
async def restore_dataset(request: Request, slug: DatasetPath) -> Response:
    """Bring back a deleted dataset as it was, for those who saw it."""
    return await answer_restore(request, service.restore_dataset, slug)


@router.get("/{slug}/history", responses=HISTORY_RESPONSES)
async def list_history_of_dataset(
    request: Request, slug: DatasetPath, query: Annotated[HistoryQuery, Query()]
) -> Response:
    """The revisions of a dataset, the newest first, each with what it changed.

    Also of one that was deleted. `recorded_by` shows only to keys.
    """
    return await answer_history(request, DATASETS, query, slug)


@router.get("/{slug}/history/{revision}", responses=REVISION_RESPONSES)
async def get_revision_of_dataset(
    request: Request, slug: DatasetPath, revision: RevisionPath
) -> Response:
    """The whole dataset as it was at one revision."""
    return await answer_revision(request, DATASETS, slug, revision)
