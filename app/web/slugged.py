"""Answering one record that has a slug and keeps no past: its stored bytes, its tag."""

from collections.abc import Callable
from functools import cache
from uuid import UUID

from sqlalchemy import bindparam, select
from starlette.requests import Request
from starlette.responses import Response

from app.db.statements import Statement
from app.errors import NotFound
from app.query.former import TABLES, select_answering
from app.query.noun import Noun
from app.query.visibility import grants, visible
from app.record.document import RENDERING
from app.values.callers import ANONYMOUS, OPERATOR, Caller
from app.web.backing import backing_of
from app.web.caller import caller_of
from app.web.conditional import if_none_match, record_etag
from app.web.pages import JsonBytes


async def answer_slugged(
    request: Request, noun: Noun, key: str | UUID, hint: Callable[[str], str] | None = None
) -> Response:
    """Answer the record with this key if the caller sees it; `hint` ends the error's sentence."""
    caller = caller_of(request)
    values = {"key": key, **grants(caller)}
    statement = stored_record(noun, sees_all=caller.sees_all)
    rows = await backing_of(request).database.fetch(statement, values)
    if not rows:
        into = await _answering(request, noun, key, caller)
        if into is not None:
            return Response(status_code=308, headers={"location": f"/v1/{noun.name}s/{into}"})
        shown = repr(key[:100]) if isinstance(key, str) else key
        raise NotFound(f"there is no {noun.name} {shown}{hint(str(key)) if hint else ''}")
    ((document, revision),) = rows
    etag = record_etag(revision, RENDERING)
    return if_none_match(request, etag) or JsonBytes(document.encode(), etag=etag)


async def _answering(request: Request, noun: Noun, key: str | UUID, caller: Caller) -> str | None:
    """The slug that answers for one that was merged."""
    if noun.name not in TABLES:
        return None
    values = {"slugs": [key], **grants(caller)}
    rows = await backing_of(request).database.fetch(_former(noun, caller.sees_all), values)
    return str(rows[0][1]) if rows else None


@cache
def _former(noun: Noun, sees_all: bool) -> Statement:
    return Statement(select_answering(noun.name, OPERATOR if sees_all else ANONYMOUS))


@cache
def stored_record(noun: Noun, *, sees_all: bool) -> Statement:
    """The (document, revision) of the record whose key is bound as `key`."""
    table = noun.documents
    seen = visible(table, noun.visible_by, OPERATOR if sees_all else ANONYMOUS)
    column = table.c[noun.key]
    this = column == bindparam("key", type_=column.type, required=True)
    return Statement(select(table.c.document, table.c.revision).where(this, *seen))
