"""Handlers of the import URLs."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.ingest.import_options import check_mirror
from app.ingest.jobs.job_findings import count_findings, load_findings, make_finding_document
from app.ingest.jobs.job_store import (
    cancel_job,
    count_jobs,
    find_job,
    load_job_document,
    load_jobs,
    make_job_summary,
)
from app.ingest.jobs.job_worker import ImportWorker
from app.ingest.jobs.upload import get_upload_name, spool_upload
from app.ingest.mapping.detection import detect_file_format
from app.ingest.query import FindingsQuery, ImportListQuery, ImportQuery
from app.ingest.writing.create_named_records import find_import_dataset
from app.web.endpoints.keyset_list import RowSource, answer_rows, parse_created_key
from app.web.http.negotiation import JSON, NDJSON, choose_format
from app.web.http.responses import (
    JsonBytes,
)
from app.web.middleware.authentication import read_caller, require_caller
from app.web.state import get_state

FINDINGS_PER_CHUNK = 2000
"""Findings read per query for NDJSON."""


def get_import_worker(request: Request) -> ImportWorker:
    """Return the import worker of this process, which `main` creates."""
    return cast(ImportWorker, request.scope["app"].state.imports)


async def answer_submission(request: Request, query: ImportQuery) -> Response:
    """Spool the uploaded file, enqueue its import, and answer 202."""
    caller = read_caller(request)
    state, runner = get_state(request), get_import_worker(request)
    async with spool_upload(request, runner.spool_dir) as path:
        found = await asyncio.to_thread(detect_file_format, path, query.format)
        format = found.format
        dataset = query.dataset or format.dataset.slug
        await state.database.read(lambda read: find_import_dataset(read, caller, dataset))
        order = replace(
            runner.limits,
            format=format.name,
            dataset=query.dataset,
            dry_run=query.dry_run,
            mirror=query.mirror,
            caller=caller,
            file_name=get_upload_name(request),
            format_reason=found.reason,
            coverage=query.coverage,
            countries=frozenset(query.country) if query.country else None,
        )
        check_mirror(format, order)
        id = await runner.submit(path, order, dataset)
    document = await state.database.read(
        lambda read: load_job_document(read, find_job(read, caller, id))
    )
    headers = {"location": f"/v1/imports/{id}"}
    return JsonBytes(orjson.dumps(document), status_code=202, headers=headers)


async def answer_cancellation(request: Request, id: UUID) -> Response:
    """Cancel the import, and answer with its state."""
    caller = read_caller(request)
    database = get_state(request).database
    await database.write(lambda write: cancel_job(write, caller, id))
    document = await database.read(lambda read: load_job_document(read, find_job(read, caller, id)))
    return JsonBytes(orjson.dumps(document))


async def answer_confirmation(request: Request, id: UUID, number: int) -> Response:
    """Remove the records that the import found without a row, and answer with its state."""
    caller = require_caller(request, "import")
    goes_on = await get_import_worker(request).confirm(caller, id, number)
    database = get_state(request).database
    document = await database.read(lambda read: load_job_document(read, find_job(read, caller, id)))
    if not goes_on:
        return JsonBytes(orjson.dumps(document))
    headers = {"location": f"/v1/imports/{id}"}
    return JsonBytes(orjson.dumps(document), status_code=202, headers=headers)


async def answer_jobs(request: Request, query: ImportListQuery) -> Response:
    """Answer with a page of the caller's imports."""
    caller = require_caller(request, "import")
    source = RowSource(
        load=lambda read, limit, after: load_jobs(read, caller, limit, parse_created_key(after)),
        count=lambda read: count_jobs(read, caller),
        render=make_job_summary,
    )
    return await answer_rows(request, query, source)


async def answer_findings(request: Request, id: UUID, name: str, query: FindingsQuery) -> Response:
    """Answer with a page of one list of a job's findings, or with all of it as NDJSON."""
    caller = require_caller(request, "import")
    state = get_state(request)
    makes = {"json": JSON, "ndjson": NDJSON}
    chosen = choose_format(request, makes, parameter=query.format)
    await state.database.read(lambda read: find_job(read, caller, id))
    if chosen == "ndjson":
        return StreamingResponse(_stream_findings(request, id, name), media_type=NDJSON)
    source = RowSource(
        load=lambda read, limit, after: load_findings(
            read, id, name, limit, int(after[0]) if after else -1
        ),
        count=lambda read: count_findings(read, id, name),
        render=make_finding_document,
        make_key=lambda row: (row.number,),
    )
    return await answer_rows(request, query, source)


async def _stream_findings(request: Request, id: UUID, name: str) -> AsyncIterator[bytes]:
    database = get_state(request).database
    after = -1
    while True:
        rows = await database.read(
            lambda read, after=after: load_findings(read, id, name, FINDINGS_PER_CHUNK, after)  # type: ignore[misc]
        )
        if not rows:
            return
        yield b"".join(orjson.dumps(make_finding_document(row)) + b"\n" for row in rows)
        after = rows[-1].number
