"""The provider's row from which an imported event was made, unchanged."""

from uuid import UUID

import orjson
from pydantic import BaseModel, Field
from sqlalchemy import bindparam, select
from starlette.requests import Request
from starlette.responses import Response

from app.db.statements import Statement
from app.db.types import RecordId
from app.errors import NotFound
from app.models.imports import source_rows
from app.query.params import AsOfParam
from app.resources.events.resource_type import EVENTS
from app.values.timestamps import format_timestamp
from app.vocab.field_types import LARGEST, RecordIdText, TimestampText
from app.web.endpoints.record_endpoint import require_record
from app.web.http.responses import JsonBytes, check_if_none_match, make_list_etag
from app.web.state import get_state


class SourceRow(BaseModel):
    """The row as it was last imported: every column by its name, with its value verbatim."""

    event: RecordIdText = Field(
        description="The event that was made from the row, or that its claim is about."
    )
    format: str = Field(description="The import format.", examples=["ucdp-ged"])
    mapper_version: int = Field(
        ge=1, le=LARGEST, description="The version of the mapping to records."
    )
    imported_at: TimestampText = Field(description="The time of the import, in UTC.")
    row: dict[str, str] = Field(
        description="All columns with their values.",
        examples=[{"id": "300380", "type_of_violence": "1"}],
    )


async def answer_source_row(request: Request, event_id: UUID) -> Response:
    """Answer with the stored row; NotFound for an event that was not imported."""
    await require_record(request, EVENTS, AsOfParam(), event_id, or_merged=True)
    state = get_state(request)
    found = await state.database.fetch(_ROW, {"event": event_id})
    if not found:
        raise NotFound(f"the event {event_id} was not imported: it has no source row")
    body = encode_source_row(event_id, *found[0])
    etag = make_list_etag(body, state.sealer.secret)
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag)


def encode_source_row(
    event_id: UUID, format: str, mapper_version: int, imported_at: int, row: str
) -> bytes:
    """Encode a stored row as JSON."""
    shown = {
        "event": event_id,
        "format": format,
        "mapper_version": mapper_version,
        "imported_at": format_timestamp(imported_at),
        "row": orjson.Fragment(row),
    }
    return orjson.dumps(shown, default=str)


_ROW = Statement(
    select(
        source_rows.c.format,
        source_rows.c.mapper_version,
        source_rows.c.imported_at,
        source_rows.c.row,
    ).where(source_rows.c.event_id == bindparam("event", type_=RecordId, required=True))
)
