"""The providers' rows from which an imported claim was made, unchanged."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, bindparam, func, select, union_all
from starlette.requests import Request
from starlette.responses import Response

from app.db.statements import Statement
from app.db.types import RecordId
from app.models.claims import claims
from app.models.imports import claim_rows, source_rows
from app.query.opaque_tokens import describe_cursor_scope
from app.query.params import AsOfParam, PageParams
from app.resources.claims.resource_type import CLAIMS
from app.resources.events.source_row import encode_source_row
from app.web.endpoints.record_endpoint import require_record
from app.web.http.responses import (
    JsonBytes,
    check_if_none_match,
    make_list_etag,
    make_next_link,
    wrap_documents,
)
from app.web.state import get_state


class SourceRowsQuery(PageParams):
    """The parameters of the list of a claim's rows."""


async def answer_source_rows(request: Request, query: SourceRowsQuery, claim_id: UUID) -> Response:
    """Answer with a page of the rows, in the order of their hashes."""
    await require_record(request, CLAIMS, AsOfParam(), claim_id)
    state = get_state(request)
    text, after = describe_cursor_scope(query, request.scope["path"]), ""
    if query.cursor is not None:
        ((after,), _) = state.sealer.open_cursor(text, query.cursor)
    of_claim = {"claim": claim_id, "mapped_to": f'"{claim_id}":'}
    values = {**of_claim, "after": after, "most": query.limit + 1}
    found = await state.database.fetch(_PAGE, values)
    shown = found[: query.limit]
    more = len(found) > query.limit
    cursor = state.sealer.seal_cursor(text, (shown[-1][0],), None) if more else None
    count = None
    if query.count != "none":
        ((number,),) = await state.database.fetch(_COUNT_ROWS, of_claim)
        count = {"value": number, "kind": "exact"}
    body = wrap_documents([encode_source_row(*row).decode() for _, *row in shown], cursor, count)
    etag = make_list_etag(body, state.sealer.secret)
    headers = make_next_link(request, cursor)
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag, headers=headers)


def _select_rows(table: Any) -> Select[Any]:
    names = ("row_hash", "event_id", "format", "mapper_version", "imported_at", "row")
    this = claims.c.id == bindparam("claim", type_=RecordId, required=True)
    of_event = select(*(table.c[name] for name in names)).join(
        claims, claims.c.event_id == table.c.event_id
    )
    return of_event.where(this)


_CLAIM_ROWS = union_all(
    _select_rows(claim_rows).where(
        claim_rows.c.claim_id == claims.c.id, claim_rows.c.is_waiting == 0
    ),
    _select_rows(source_rows).where(
        source_rows.c.mapped.contains(bindparam("mapped_to", type_=Text, required=True))
    ),
).subquery()
_PAGE = Statement(
    select(_CLAIM_ROWS)
    .where(_CLAIM_ROWS.c.row_hash > bindparam("after", type_=Text, required=True))
    .order_by(_CLAIM_ROWS.c.row_hash)
    .limit(bindparam("most", required=True))
)
_COUNT_ROWS = Statement(select(func.count()).select_from(_CLAIM_ROWS))
