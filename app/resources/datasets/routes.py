"""The URLs of datasets."""

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
from app.web.endpoints.record_endpoint import answer_current_record
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
from app.web.routing.query_route import CachedRoute, needs_scope
from app.web.schemas import make_list_model

router = APIRouter(prefix="/v1/datasets", tags=["datasets"], route_class=CachedRoute)

DatasetList = make_list_model(Dataset)
DatasetPath = Annotated[
    str,
    Path(min_length=1, max_length=100, description="The dataset's slug.", examples=["ucdp-ged"]),
]
RESTORED_RESPONSES: dict[int | str, Any] = {
    200: {"model": Dataset, "description": "The dataset after the change."},
    **make_error_responses(Conflict, NotFound),
}
HISTORY_RESPONSES: dict[int | str, Any] = {
    200: {"model": make_list_model(HistoryEntry), "description": "A page of revisions."}
}
REVISION_RESPONSES: dict[int | str, Any] = {
    200: {"model": Dataset, "description": "The dataset as it was."}
}


@router.get("", responses={200: {"model": DatasetList, "description": "A page of the list."}})
async def list_datasets(request: Request, query: Annotated[DatasetQuery, Query()]) -> Response:
    """List datasets.

    Private datasets are listed only for keys that may see them.
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
    """Create a dataset.

    The key that creates a private dataset may see it from then on. A slug that is taken, even by
    something that the key cannot see, is 409 `slug-taken`.
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
    """Get a dataset.

    The dataset as it is now, or as of an earlier time with `as_of`.
    """
    return await answer_current_record(request, DATASETS, slug, query)


@router.put(
    "/{slug}", responses={200: {"model": Dataset, "description": "The dataset after the change."}}
)
async def replace_dataset(
    request: Request,
    slug: DatasetPath,
    change: Annotated[
        ContentChange[DatasetContent], Replacement(DatasetReplace), Body(media_type=JSON)
    ],
) -> Response:
    """Replace a dataset.

    What is left out falls back to its default. The slug never changes, and PUT never creates a
    dataset. Fields that Annals sets may be sent back as they were read. Content that is the same
    makes no revision. A change of visibility needs `admin`. When a dataset becomes public, so do
    the actors and sources that belong to it or that it names.
    """
    return await answer_change(request, service.change_dataset, slug, change)


@router.patch(
    "/{slug}", responses={200: {"model": Dataset, "description": "The dataset after the change."}}
)
async def patch_dataset(
    request: Request,
    slug: DatasetPath,
    change: Annotated[
        ContentChange[DatasetContent], MergePatch(DatasetPatch), Body(media_type=MERGE_PATCH)
    ],
) -> Response:
    """Change fields of a dataset.

    The body is a JSON merge patch (RFC 7396): null removes a value, and what is left out stays.
    """
    return await answer_change(request, service.change_dataset, slug, change)


@router.delete("/{slug}", status_code=204, responses=make_error_responses(Conflict))
@needs_scope("admin")
async def delete_dataset(request: Request, slug: DatasetPath) -> Response:
    """Delete a dataset.

    Needs `admin`. Only a dataset that never held a record can be deleted: deleted records stay in
    the past under its name.
    """
    return await answer_delete(request, service.delete_dataset, slug)


@router.post("/{slug}/restore", responses=RESTORED_RESPONSES)
async def restore_dataset(request: Request, slug: DatasetPath) -> Response:
    """Restore a dataset.

    The deleted dataset comes back as it was, for those who could see it.
    """
    return await answer_restore(request, service.restore_dataset, slug)


@router.get("/{slug}/history", responses=HISTORY_RESPONSES)
async def list_history_of_dataset(
    request: Request, slug: DatasetPath, query: Annotated[HistoryQuery, Query()]
) -> Response:
    """List the revisions of a dataset.

    The newest come first, each with the values that it changed. A deleted dataset has them too.
    `recorded_by` shows only to keys.
    """
    return await answer_history(request, DATASETS, query, slug)


@router.get("/{slug}/history/{revision}", responses=REVISION_RESPONSES)
async def get_revision_of_dataset(
    request: Request, slug: DatasetPath, revision: RevisionPath
) -> Response:
    """Get a revision of a dataset.

    The whole dataset as it was at that revision.
    """
    return await answer_revision(request, DATASETS, slug, revision)
