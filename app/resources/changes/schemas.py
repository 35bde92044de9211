"""Schemas of the change feed."""

from pydantic import BaseModel, ConfigDict, Field

from app.vocab.field_types import (
    ActorSlug,
    FeedPosition,
    Operation,
    RecordIdText,
    RecordKind,
    RevisionNumber,
    TimestampText,
)


class Change(BaseModel):
    """One change of one record."""

    position: FeedPosition = Field(description="Its place in the feed; opaque.")
    operation: Operation = Field(description="The kind of change.")
    kind: RecordKind = Field(description="The kind of record.")
    id: RecordIdText | ActorSlug = Field(
        description="The id of the record; for an actor, a source or a dataset its slug."
    )
    revision: RevisionNumber
    at: TimestampText = Field(description="The time of the change, in UTC.")


class ChangeList(BaseModel):
    """Changes in the order of the feed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [], "next_cursor": "pmfzwkidtnfxgq"}]}
    )

    items: list[Change]
    next_cursor: FeedPosition = Field(
        description="The position to continue from, as `after`; never null."
    )
