"""Query parameters of relations, each with the filter that it sets."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.query.filters.column_filters import AtLeast, Equals, NamesEvent
from app.query.params import AsOfParam, Micros, PageParams
from app.vocab.field_types import AT_LEAST_ONE, SPLIT_COMMAS, RelationType

Ids = Annotated[list[UUID], SPLIT_COMMAS, AT_LEAST_ONE]


class RelationsOfEventQuery(AsOfParam, PageParams):
    """The parameters of a list of one event's relations."""

    type: Annotated[
        Annotated[list[RelationType], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("type"),
        Field(description="Relations of one of these types."),
    ] = None
    updated_since: Annotated[
        Micros | None,
        AtLeast("updated_at"),
        Field(description="Relations changed at that time or later."),
    ] = None
    sort: Literal["-created_at", "created_at", "-updated_at", "updated_at"] = Field(
        default="-created_at", description="The order, with `-` for descending."
    )


class RelationQuery(RelationsOfEventQuery):
    """The parameters of a list of relations."""

    event: Annotated[
        Ids | None,
        NamesEvent("event_id", "to_event_id"),
        Field(description="Relations from or to one of these events."),
    ] = None
    from_event: Annotated[
        Ids | None,
        NamesEvent("event_id"),
        Field(alias="from", description="Relations from these events."),
    ] = None
    to_event: Annotated[
        Ids | None,
        NamesEvent("to_event_id"),
        Field(alias="to", description="Relations to these events."),
    ] = None
