"""The shapes of the change feed."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.vocab.fields import InstantText, Operation, Position, RecordIdText, RevisionNumber


class Change(BaseModel):
    """One change of one record."""

    position: Position = Field(description="Its place in the feed; opaque.")
    operation: Operation = Field(description="What was done.")
    kind: Literal["event", "claim", "relation"] = Field(description="What was changed.")
    id: RecordIdText
    revision: RevisionNumber
    at: InstantText = Field(description="When, in UTC.")


class ChangeList(BaseModel):
    """Changes in the order of the feed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [], "next_cursor": "pmfzwkidtnfxgq"}]}
    )

    items: list[Change]
    next_cursor: Position = Field(description="Where to ask next, as `after`; never null.")
