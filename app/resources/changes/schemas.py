"""The shapes of the change feed."""

from pydantic import BaseModel, ConfigDict, Field

from app.vocab.field_types import (
    ActorSlug,
    InstantText,
    Kind,
    Operation,
    Position,
    RecordIdText,
    RevisionNumber,
)


class Change(BaseModel):
    """One change of one record."""

    position: Position = Field(description="Its place in the feed; opaque.")
    operation: Operation = Field(description="What was done.")
    kind: Kind = Field(description="What was changed.")
    id: RecordIdText | ActorSlug = Field(
        description="Its id; the slug of an actor, a source or a dataset."
    )
    revision: RevisionNumber
    at: InstantText = Field(description="When, in UTC.")


class ChangeList(BaseModel):
    """Changes in the order of the feed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [], "next_cursor": "pmfzwkidtnfxgq"}]}
    )

    items: list[Change]
    next_cursor: Position = Field(description="Where to ask next, as `after`; never null.")
