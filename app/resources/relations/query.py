"""The questions that can be asked of relations."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.query.filters.column_filters import AtLeast, Equals, NamesEvent
from app.query.params import AsOfParam, Micros, PageParams
from app.vocab.field_types import AT_LEAST_ONE, SPLIT_COMMAS, RelationType

Ids = Annotated[list[UUID], SPLIT_COMMAS, AT_LEAST_ONE]


class RelationsOfEventQuery(AsOfParam, PageParams):
    """What narrows the relations of one event down."""

    type: Annotated[
        Annotated[list[RelationType], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("type"),
        Field(description="Of one of these types."),
    ] = None
    updated_since: Annotated[
        Micros | None, AtLeast("updated_at"), Field(description="Changed then or later.")
    ] = None
    sort: Literal["-created_at", "created_at", "-updated_at", "updated_at"] = Field(
        default="-created_at", description="The order, `-` for descending."
    )


class RelationQuery(RelationsOfEventQuery):
    """Everything that a list of relations takes."""

    event: Annotated[
        Ids | None,
        NamesEvent("event_id", "to_event_id"),
        Field(description="From or to one of these events."),
    ] = None
    from_event: Annotated[
        Ids | None, NamesEvent("event_id"), Field(alias="from", description="From these events.")
    ] = None
    to_event: Annotated[
        Ids | None, NamesEvent("to_event_id"), Field(alias="to", description="To these events.")
    ] = None
