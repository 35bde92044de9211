"""How the URLs of imports answer."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.ingest.jobs.job_findings import count_findings, finding_document, list_findings
from app.ingest.jobs.job_store import (
    cancel_job,
    count_jobs,
    find_job,
    job_document,
    job_summary,
    list_jobs,
)
from app.ingest.jobs.job_worker import ImportRunner
from app.ingest.jobs.upload import file_name_of, spooled
from app.ingest.query import FindingsQuery, ImportListQuery, ImportQuery
from app.ingest.run import check_mirror, recognised_in
from app.ingest.writing.create_named_records import find_dataset
from app.query.params import PageParams
from app.web.http.conditional import check_if_none_match, make_list_etag
from app.web.http.negotiation import JSON, NDJSON, choose_format
from app.web.http.responses import JsonBytes, make_next_link, wrap_documents
from app.web.middleware.authentication import read_caller, require_caller
from app.web.state import get_state

STREAMED = 2000
"""Findings that are read at a time for NDJSON."""


def runner_of(request: Request) -> ImportRunner:
    """The runner of this process, put there by `main`."""
    return cast(ImportRunner, request.scope["app"].state.imports)


async def submit(request: Request, query: ImportQuery) -> Response:
    """Take the file, line its import up, and answer 202."""
    caller = read_caller(request)
    backing, runner = get_state(request), runner_of(request)
    async with spooled(request, runner.spool_dir) as path:
        found = await asyncio.to_thread(recognised_in, path, query.format)
        format = found.format
        dataset = query.dataset or format.dataset.slug
        await backing.database.read(lambda read: find_dataset(read, caller, dataset))
        order = replace(
            runner.limits,
            format=format.name,
            dataset=query.dataset,
            dry_run=query.dry_run,
            mirror=query.mirror,
            caller=caller,
            file_name=file_name_of(request),
            format_reason=found.reason,
            coverage=query.coverage,
            countries=frozenset(query.country) if query.country else None,
        )
        check_mirror(format, order)
        id = await runner.submit(path, order, dataset)
    document = await backing.database.read(
        lambda read: job_document(read, find_job(read, caller, id))
    )
    headers = {"location": f"/v1/imports/{id}"}
    return JsonBytes(orjson.dumps(document), status_code=202, headers=headers)


async def cancel(request: Request, id: UUID) -> Response:
    """End the import, and answer how it stands then."""
    caller = read_caller(request)
    database = get_state(request).database
    await database.write(lambda write: cancel_job(write, caller, id))
    document = await database.read(lambda read: job_document(read, find_job(read, caller, id)))
    return JsonBytes(orjson.dumps(document))


async def confirm(request: Request, id: UUID, number: int) -> Response:
    """Remove what the import found gone, and answer how it stands then."""
    caller = require_caller(request, "import")
    goes_on = await runner_of(request).confirm(caller, id, number)
    database = get_state(request).database
    document = await database.read(lambda read: job_document(read, find_job(read, caller, id)))
    if not goes_on:
        return JsonBytes(orjson.dumps(document))
    headers = {"location": f"/v1/imports/{id}"}
    return JsonBytes(orjson.dumps(document), status_code=202, headers=headers)


async def answer_jobs(request: Request, query: ImportListQuery) -> Response:
    """Answer a page of the caller's imports."""
    caller = require_caller(request, "import")
    backing = get_state(request)
    after = _after(request, query)
    place = (after[0], UUID(after[1])) if after else None
    rows = await backing.database.read(lambda read: list_jobs(read, caller, query.limit + 1, place))
    last = rows[query.limit - 1] if len(rows) > query.limit else None
    count = None
    if query.count != "none":
        count = await backing.database.read(lambda read: count_jobs(read, caller))
    documents = [orjson.dumps(job_summary(row)).decode() for row in rows[: query.limit]]
    ended = (last.created_at, str(last.id)) if last else None
    return _page(request, query, documents, ended, count)


async def answer_findings(request: Request, id: UUID, name: str, query: FindingsQuery) -> Response:
    """Answer a page of one of a job's lists of findings, or all of it as NDJSON."""
    caller = require_caller(request, "import")
    backing = get_state(request)
    makes = {"json": JSON, "ndjson": NDJSON}
    chosen = choose_format(request, makes, parameter=query.format)
    await backing.database.read(lambda read: find_job(read, caller, id))
    if chosen == "ndjson":
        return StreamingResponse(_lines(request, id, name), media_type=NDJSON)
    after = _after(request, query)
    number = int(after[0]) if after else -1

    def read(connection: Connection) -> tuple[list[Any], int | None]:
        rows = list_findings(connection, id, name, query.limit + 1, number)
        wanted = query.count != "none"
        return rows, count_findings(connection, id, name) if wanted else None

    rows, count = await backing.database.read(read)
    last = rows[query.limit - 1] if len(rows) > query.limit else None
    documents = [orjson.dumps(finding_document(row)).decode() for row in rows[: query.limit]]
    return _page(request, query, documents, (last.number,) if last else None, count)


async def _lines(request: Request, id: UUID, name: str) -> AsyncIterator[bytes]:
    database = get_state(request).database
    after = -1
    while True:
        rows = await database.read(
            lambda read, after=after: list_findings(read, id, name, STREAMED, after)  # type: ignore[misc]
        )
        if not rows:
            return
        yield b"".join(orjson.dumps(finding_document(row)) + b"\n" for row in rows)
        after = rows[-1].number


def _after(request: Request, query: PageParams) -> tuple[Any, ...] | None:
    if query.cursor is None:
        return None
    keys, _ = get_state(request).seal.open_cursor(_question(request, query), query.cursor)
    return keys


def _question(request: Request, query: PageParams) -> str:
    return query.question_text(request.scope["path"])


def _page(
    request: Request,
    query: PageParams,
    documents: list[str],
    ended: tuple[Any, ...] | None,
    count: int | None,
) -> Response:
    seal = get_state(request).seal
    cursor = seal.cursor(_question(request, query), ended, None) if ended else None
    counted = None if count is None else {"value": count, "kind": "exact"}
    body = wrap_documents(documents, cursor, counted)
    etag = make_list_etag(body, seal.secret)
    known = check_if_none_match(request, etag)
    return known or JsonBytes(body, etag=etag, headers=make_next_link(request, cursor))
