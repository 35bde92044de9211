"""The parameters of the change feed."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.query.names.resolve_names import RefersTo
from app.query.params import MAX_ITEMS, QueryModel
from app.vocab.field_types import (
    AT_LEAST_ONE,
    SPLIT_COMMAS,
    ActorSlug,
    FeedPosition,
    Operation,
    RecordKind,
    Slug,
)


class ChangeQuery(QueryModel):
    """The parameters of the change feed."""

    after: FeedPosition | None = Field(
        default=None,
        description="`next_cursor` of the previous page; without it the feed starts with the"
        " first of all changes.",
    )
    limit: int = Field(
        default=1000, ge=1, le=MAX_ITEMS, description="The maximum number of changes."
    )
    kind: Annotated[list[RecordKind], SPLIT_COMMAS, AT_LEAST_ONE] | None = Field(
        default=None, description="Changes of these kinds of records."
    )
    operation: Annotated[list[Operation], SPLIT_COMMAS, AT_LEAST_ONE] | None = Field(
        default=None, description="Changes by these operations."
    )
    dataset: Annotated[
        Annotated[list[Slug], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        RefersTo("dataset"),
        Field(description="Changes in these datasets."),
    ] = None
    id: Annotated[list[UUID | ActorSlug], SPLIT_COMMAS, AT_LEAST_ONE] | None = Field(
        default=None,
        description="Changes of these records: ids, and slugs of actors, sources and datasets.",
    )
