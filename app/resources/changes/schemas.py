"""The shapes of the change feed."""

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
    operation: Operation = Field(description="What was done.")
    kind: RecordKind = Field(description="What was changed.")
    id: RecordIdText | ActorSlug = Field(
        description="Its id; the slug of an actor, a source or a dataset."
    )
    revision: RevisionNumber
    at: TimestampText = Field(description="When, in UTC.")


class ChangeList(BaseModel):
    """Changes in the order of the feed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [], "next_cursor": "pmfzwkidtnfxgq"}]}
    )

    items: list[Change]
    next_cursor: FeedPosition = Field(description="Where to ask next, as `after`; never null.")
