"""Lists of plain rows: keyset pages with a count, a cursor and an ETag.

Records of events and what belongs to them have a list of their own, `list_endpoint.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import Response

from app.query.opaque_tokens import describe_cursor_scope
from app.query.params import PageParams
from app.web.http.responses import (
    JsonBytes,
    check_if_none_match,
    make_list_etag,
    make_next_link,
    wrap_documents,
)
from app.web.state import get_state

RowKey = tuple[Any, ...]


def make_created_key(row: Row[Any]) -> RowKey:
    """Return the sort key (created_at, id) of a row, as a cursor holds it."""
    return row.created_at, str(row.id)


def parse_created_key(key: RowKey | None) -> tuple[int, UUID] | None:
    """Return the sort key (created_at, id) that a cursor held."""
    return None if key is None else (key[0], UUID(key[1]))


@dataclass(frozen=True, slots=True)
class RowSource:
    """The rows of a list: `load` takes the most rows and the key of the last one seen."""

    load: Callable[[Connection, int, RowKey | None], Sequence[Row[Any]]]
    count: Callable[[Connection], int]
    render: Callable[[Row[Any]], Mapping[str, Any]]
    make_key: Callable[[Row[Any]], RowKey] = make_created_key


async def answer_rows(request: Request, query: PageParams, source: RowSource) -> Response:
    """Answer a page of the rows, with their number if the query asks for it."""
    state = get_state(request)
    scope = describe_cursor_scope(query, request.scope["path"])
    after = None if query.cursor is None else state.sealer.open_cursor(scope, query.cursor)[0]

    def read(connection: Connection) -> tuple[Sequence[Row[Any]], int | None]:
        rows = source.load(connection, query.limit + 1, after)
        return rows, None if query.count == "none" else source.count(connection)

    rows, number = await state.database.read(read)
    shown, cursor = rows[: query.limit], None
    if len(rows) > query.limit:
        cursor = state.sealer.seal_cursor(scope, source.make_key(shown[-1]), None)
    count = None if number is None else {"value": number, "kind": "exact"}
    documents = [orjson.dumps(source.render(row)).decode() for row in shown]
    body = wrap_documents(documents, cursor, count)
    etag = make_list_etag(body, state.sealer.secret)
    known = check_if_none_match(request, etag)
    return known or JsonBytes(body, etag=etag, headers=make_next_link(request, cursor))
