"""The URLs of imports."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Query
from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from app.errors import (
    Conflict,
    NotAcceptable,
    NotFound,
    ScopeMissing,
    TooLarge,
    Unparsable,
    UnsupportedMediaType,
)
from app.ingest.handlers import (
    answer_cancellation,
    answer_confirmation,
    answer_findings,
    answer_jobs,
    answer_submission,
)
from app.ingest.jobs.job_store import find_job, load_job_document
from app.ingest.jobs.upload import ACCEPTED_TYPES
from app.ingest.query import FindingsQuery, ImportListQuery, ImportQuery
from app.ingest.schemas import (
    Import,
    ImportFinding,
    ImportSummary,
    PublishedRecord,
    RemovalsConfirm,
)
from app.web.errors.problems import make_error_responses
from app.web.http.negotiation import JSON, NDJSON
from app.web.http.responses import JsonBytes, check_if_none_match, make_list_etag
from app.web.middleware.authentication import require_caller
from app.web.openapi.openapi_document import NDJSON_TEXT, describe_request_body
from app.web.path_params import ImportId
from app.web.routing.query_route import QueryRoute, needs_scope
from app.web.schemas import make_list_model
from app.web.state import get_state

router = APIRouter(prefix="/v1/imports", tags=["imports"], route_class=QueryRoute)


def _make_list_responses(model: type[BaseModel]) -> dict[int | str, Any]:
    return {
        200: {
            "model": make_list_model(model),
            "description": "A page, or as NDJSON the whole list.",
            "content": {NDJSON: NDJSON_TEXT},
        },
        **make_error_responses(NotFound, ScopeMissing, NotAcceptable),
    }


@router.post(
    "",
    status_code=202,
    responses={
        202: {
            "model": Import,
            "description": "The import has started; `Location` leads to its progress.",
        },
        **make_error_responses(Unparsable, ScopeMissing, Conflict, TooLarge),
    },
    openapi_extra=describe_request_body(dict.fromkeys(ACCEPTED_TYPES)),
)
@needs_scope("import")
async def start_import(request: Request, query: Annotated[ImportQuery, Query()]) -> Response:
    """Start an import.

    Needs `import`. The body is the file: plain, gzip, or a zip, whose files are read in the order
    of their names. Rows that cannot be read are left out and reported; the rest is imported.
    Importing the same file again changes nothing, and what an editor changed stays. Two imports run
    at a time, and others wait. An import whose server was stopped continues when the server is
    back.

    If rows of a public dataset name actors and sources of private datasets that the key can see,
    these become public; `published` lists them. Hidden records are not found: if the slug of an
    actor or a source is taken by a hidden record, the new record gets the next free slug,
    `nightjar-2`; a warning reports it, and later imports find it again. A key that is held to
    datasets creates no others: 403.
    """
    return await answer_submission(request, query)


@router.get(
    "",
    responses={
        200: {"model": make_list_model(ImportSummary), "description": "A page of the list."},
        **make_error_responses(ScopeMissing),
    },
)
async def list_imports(request: Request, query: Annotated[ImportListQuery, Query()]) -> Response:
    """List imports.

    Needs `import`. The imports that the key started, the newest first; with `admin`, all imports.
    """
    return await answer_jobs(request, query)


@router.get(
    "/{id}",
    responses={
        200: {"model": Import, "description": "The import and its report."},
        **make_error_responses(NotFound, ScopeMissing),
    },
)
async def get_import(request: Request, id: ImportId) -> Response:
    """Get an import.

    Its progress and the results of its rows. Needs `import`, and the key that started it or
    `admin`.
    """
    caller = require_caller(request, "import")

    def read(connection: Connection) -> dict[str, Any]:
        return load_job_document(connection, find_job(connection, caller, id))

    state = get_state(request)
    body = orjson.dumps(await state.database.read(read))
    etag = make_list_etag(body, state.sealer.secret)
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag)


@router.post(
    "/{id}/cancel",
    responses={
        200: {"model": Import, "description": "The import, cancelled."},
        **make_error_responses(NotFound, ScopeMissing, Conflict),
    },
)
@needs_scope("import")
async def cancel_import(request: Request, id: ImportId) -> Response:
    """Cancel an import.

    Needs `import`, and the key that started it or `admin`. The batch that is being written is the
    last one or is left out; rows that were written stay. To cancel twice is no error.
    """
    return await answer_cancellation(request, id)


@router.post(
    "/{id}/removals",
    responses={
        200: {"model": Import, "description": "The import; the records were removed."},
        202: {
            "model": Import,
            "description": "The removal continues; `Location` leads to its progress.",
        },
        **make_error_responses(Unparsable, ScopeMissing, NotFound, Conflict, UnsupportedMediaType),
    },
)
@needs_scope("import")
async def confirm_removals(
    request: Request, id: ImportId, body: Annotated[RemovalsConfirm, Body(media_type=JSON)]
) -> Response:
    """Confirm the removals of an import.

    Removes the records that an import found missing in its file. Needs `import`, and the key that
    started it or `admin`. `confirm` is the number that `removals` of the import shows. Exactly
    those records are removed, and their past is kept; if one of them was changed since, or its row
    came back, none is removed: 409. If they are many, they are removed after the answer; `/cancel`
    stops that, and the rest can be confirmed again.
    """
    return await answer_confirmation(request, id, body.confirm)


@router.get("/{id}/rejections", responses=_make_list_responses(ImportFinding))
async def list_rejections(
    request: Request, id: ImportId, query: Annotated[FindingsQuery, Query()]
) -> Response:
    """List the rejections of an import.

    The rows that were left out, each with its reason.
    """
    return await answer_findings(request, id, "rejections", query)


@router.get("/{id}/warnings", responses=_make_list_responses(ImportFinding))
async def list_warnings(
    request: Request, id: ImportId, query: Annotated[FindingsQuery, Query()]
) -> Response:
    """List the warnings of an import.

    Unusual values in rows that were imported, and values of an editor that the import did not
    overwrite.
    """
    return await answer_findings(request, id, "warnings", query)


@router.get("/{id}/published", responses=_make_list_responses(PublishedRecord))
async def list_published(
    request: Request, id: ImportId, query: Annotated[FindingsQuery, Query()]
) -> Response:
    """List the records that an import published.

    The records of private datasets that the import made public, or would have made public in a dry
    run.
    """
    return await answer_findings(request, id, "published", query)
