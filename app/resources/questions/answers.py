"""How the URLs of saved questions answer."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Fault, Invalid, NotFound
from app.export.styles import Cited, citations
from app.query.ask import ask
from app.query.cql2.respell import respell
from app.query.params import Paged
from app.query.question import Question
from app.query.ranges import STORED
from app.query.references import (
    name_by_slugs,
    references_of,
    refuse_the_same,
    with_rarest_first,
)
from app.resources.events.answers import answer_with
from app.resources.events.cited import cited_datasets
from app.resources.events.look import writer_of
from app.resources.events.noun import EVENTS
from app.resources.events.query import EventQuery
from app.resources.events.whole import written
from app.resources.questions.query import QuestionListQuery, ResultQuery
from app.resources.questions.schemas import QuestionCreate
from app.resources.questions.service import (
    Saving,
    count_questions,
    find_question,
    list_questions,
    save_question,
)
from app.values.callers import ANONYMOUS, Caller
from app.values.instants import instant_text
from app.web.addresses import absolute_url
from app.web.backing import backing_of
from app.web.caller import caller_of
from app.web.conditional import if_none_match, list_etag
from app.web.faults import field_names, parameter_faults, summary_of
from app.web.listing import start_of
from app.web.moments import position_of
from app.web.pages import JsonBytes, next_link, page_bytes
from app.web.query_route import lists_of
from app.web.query_string import read_query

OF_PAGES = ("cursor", "count", "limit", "format")
LOOKED_AT = 200
"""Questions read at a time, of which those are shown that the caller may see."""


async def save(request: Request, body: QuestionCreate) -> Response:
    """Pin a question to a position, and store it."""
    caller = caller_of(request)
    backing = backing_of(request)
    parameters = _parameters(body.query)
    query = _read(parameters)
    at = await position_of(request, query.as_of or "now")
    named = await name_by_slugs(backing.database, query, caller, at)
    refuse_the_same(query, named)
    asked = _asked(parameters, query, named)
    question = replace(ask(EVENTS, named, caller), known_day=named.known_by, as_of=at)
    events, sha256 = await _digest(request, named, replace(question, caller=ANONYMOUS))
    saving = Saving(body.title, asked, question.as_of or 0, events, sha256)
    id = await backing.database.write(lambda write: save_question(write, saving), by=caller.key_id)
    document = _document(request, await _find(request, id))
    headers = {"location": f"/v1/questions/{id}"}
    return JsonBytes(orjson.dumps(document), status_code=201, headers=headers)


async def answer_question(request: Request, id: UUID) -> Response:
    """Answer with what was asked, how it is cited and whose data answers it."""
    backing, row = backing_of(request), await _find(request, id)
    query = _read(row.asked, STORED)
    caller = caller_of(request)
    question = replace(ask(EVENTS, query, caller), known_day=query.known_by, as_of=row.position)
    about = {**_document(request, row), "datasets": await cited_datasets(backing, question)}
    body = orjson.dumps(about)
    etag = list_etag(body, backing.seal.secret)
    return if_none_match(request, etag) or JsonBytes(body, etag=etag)


async def answer_result(
    request: Request, id: UUID, shown: ResultQuery, suffix: str | None = None
) -> Response:
    """Answer what was asked, at the position that it is pinned to.

    Its slugs are those of then, whatever was merged since.
    """
    row, backing = await _find(request, id), backing_of(request)
    how = shown.model_dump(exclude_unset=True)
    query = _read({**row.asked, **how, "as_of": backing.seal.position(row.position)}, STORED)
    named = await with_rarest_first(backing.database, query)
    start = await start_of(request, query)
    question = start.question(ask(EVENTS, named, caller_of(request)))
    return await answer_with(request, query, question, suffix)


async def answer_questions(request: Request, query: QuestionListQuery) -> Response:
    """Answer a page of the questions whose names the caller may know."""
    backing = backing_of(request)
    after = _after(request, query)
    found: list[Row[Any]] = []
    while len(found) <= query.limit:
        place = after
        rows = await backing.database.read(
            lambda read, place=place: list_questions(read, LOOKED_AT, place)  # type: ignore[misc]
        )
        found += [row for row in rows if await _may_see(request, row, caller_of(request))]
        if len(rows) < LOOKED_AT:
            break
        after = (rows[-1].created_at, rows[-1].id)
    shown = found[: query.limit]
    text = query.question_text(request.scope["path"])
    ended = (shown[-1].created_at, str(shown[-1].id)) if len(found) > query.limit else None
    cursor = backing.seal.cursor(text, ended, None) if ended else None
    count = None
    if query.count != "none":
        count = {"value": await backing.database.read(count_questions), "kind": "estimate"}
    documents = [orjson.dumps(_document(request, row)).decode() for row in shown]
    body = page_bytes(documents, cursor, count)
    etag = list_etag(body, backing.seal.secret)
    known = if_none_match(request, etag)
    return known or JsonBytes(body, etag=etag, headers=next_link(request, cursor))


def _after(request: Request, query: Paged) -> tuple[int, UUID] | None:
    if query.cursor is None:
        return None
    text = query.question_text(request.scope["path"])
    keys, _ = backing_of(request).seal.open_cursor(text, query.cursor)
    return keys[0], UUID(keys[1])


def _parameters(query: str) -> dict[str, Any]:
    try:
        parameters = read_query(query.removeprefix("?").encode(), lists_of(EventQuery))
    except Invalid as wrong:
        raise _wrong(wrong.detail) from None
    for name in OF_PAGES:
        if name in parameters:
            raise _wrong(f"{name} belongs to how an answer is read, not to the question")
    return dict(parameters)


def _read(parameters: dict[str, Any], context: Mapping[str, bool] | None = None) -> EventQuery:
    try:
        query = EventQuery.model_validate(parameters, context=context)
    except ValidationError as wrong:
        known = sorted(field_names([EventQuery]))
        raise _wrong(summary_of(parameter_faults(wrong.errors(include_url=False), known))) from None
    return query


def _wrong(detail: str) -> Invalid:
    return Invalid(detail, Fault(code="not-a-question", detail=detail, pointer="/query"))


def _asked(parameters: dict[str, Any], query: EventQuery, named: EventQuery) -> dict[str, Any]:
    """The parameters as they are stored: with slugs for names, and without the moment."""
    asked = {name: given for name, given in parameters.items() if name != "as_of"}
    asked |= {name: getattr(named, name) for name in asked if name in references_of(EventQuery)}
    if query.filter is not None and named.filter is not None:
        asked["filter"] = respell(parameters["filter"], query.filter, named.filter)
    return asked


async def _digest(request: Request, query: EventQuery, question: Question) -> tuple[int, str]:
    """How many events everybody sees, and the digest of them as NDJSON."""
    digest, events = hashlib.sha256(), 0
    writer = writer_of(query, "ndjson")
    async for chunk in written(backing_of(request).database, query, question, writer):
        digest.update(chunk)
        events += chunk.count(b"\n")
    return events, digest.hexdigest()


async def _find(request: Request, id: UUID) -> Row[Any]:
    database = backing_of(request).database
    row = await database.read(lambda read: find_question(read, id))
    if row is None or not await _may_see(request, row, caller_of(request)):
        raise NotFound(f"there is no question {id}")
    return row


async def _may_see(request: Request, row: Row[Any], caller: Caller) -> bool:
    """Whether all that the question names was there for this caller at its position."""
    database, asked = backing_of(request).database, _read(row.asked, STORED)
    try:
        await name_by_slugs(database, asked, caller, row.position)
    except Invalid:
        return False
    return True


def _document(request: Request, row: Row[Any]) -> dict[str, Any]:
    address = f"/v1/questions/{row.id}"
    created_at = instant_text(row.created_at)
    url = absolute_url(request, address)
    return {
        "id": str(row.id),
        "title": row.title,
        "asked": row.asked,
        "as_of": backing_of(request).seal.position(row.position),
        "events": row.events,
        "sha256": row.sha256,
        "result": f"{address}/events",
        "citation": citations(Cited(str(row.id), row.title, created_at[:10], url, row.sha256)),
        "created_at": created_at,
    }
