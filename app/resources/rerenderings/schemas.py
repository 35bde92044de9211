"""The shape of a rerendering."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.vocab.field_types import ActorSlug, RecordIdText, TimestampText

_EXAMPLE: dict[str, Any] = {
    "id": "0190a2c0-0000-7000-8000-000000000001",
    "noun": "actor",
    "slug": "PRK",
    "into": None,
    "status": "running",
    "progress": 0.42,
    "created_at": "2024-06-12T08:00:00.000000Z",
    "updated_at": "2024-06-12T08:00:02.000000Z",
}


class Rerendering(BaseModel):
    """A change of an actor or a source that is being written into its events."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: RecordIdText
    noun: Literal["actor", "source"] = Field(description="What changed.")
    slug: ActorSlug = Field(description="Which one.")
    into: ActorSlug | None = Field(
        description="The one that it is merged into; null for another change."
    )
    status: Literal["running", "done"] = Field(description="Whether all its events are written.")
    progress: float = Field(ge=0, le=1, description="The part of them that is.")
    created_at: TimestampText
    updated_at: TimestampText
