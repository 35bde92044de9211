"""Answering one record that has a slug: read, changed, deleted, restored or merged."""

from collections.abc import Callable
from functools import cache

from sqlalchemy import bindparam, select
from starlette.requests import Request
from starlette.responses import Response

from app.errors import NotFound
from app.history.revisions import RecordKey
from app.query.params import AsOfParam
from app.query.record_query import RecordQuery
from app.query.resource_type import ResourceType
from app.query.visibility import VisibleStatement, build_visibility
from app.record.document import RENDERING_VERSION
from app.web.endpoints.record_endpoint import answer_record, explain_absence
from app.web.http.conditional import check_if_none_match, make_record_etag
from app.web.http.responses import JsonBytes
from app.web.middleware.authentication import read_caller
from app.web.state import get_state


async def answer_current_record(
    request: Request,
    noun: ResourceType,
    key: RecordKey,
    query: AsOfParam | None = None,
    hint: Callable[[str], str] | None = None,
) -> Response:
    """Answer the record with this key if the caller sees it; `hint` ends the error's sentence."""
    if query is not None and query.as_of is not None:
        return await answer_record(request, noun, query, key)
    caller = read_caller(request)
    statement = make_record_statement(noun)
    rows = await statement.fetch(get_state(request).database, caller, {"key": key})
    if not rows:
        absent = await explain_absence(request, RecordQuery(noun, caller), key)
        if isinstance(absent, NotFound) and hint is not None:
            absent = NotFound(f"{absent.detail}{hint(str(key))}")
        raise absent
    ((document, revision),) = rows
    etag = make_record_etag(revision, RENDERING_VERSION)
    return check_if_none_match(request, etag) or JsonBytes(document.encode(), etag=etag)


@cache
def make_record_statement(noun: ResourceType) -> VisibleStatement:
    """Make the statement for the (document, revision) of the record bound as `key`."""
    table = noun.documents
    column = table.c[noun.key]
    this = column == bindparam("key", type_=column.type, required=True)
    return VisibleStatement(
        lambda caller: select(table.c.document, table.c.revision).where(
            this, *build_visibility(table, noun.visible_by, caller)
        )
    )
