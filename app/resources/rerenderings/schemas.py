"""The schema of a propagation."""

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
    """The propagation of a changed actor or source into its events."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: RecordIdText
    noun: Literal["actor", "source"] = Field(description="The kind of record that changed.")
    slug: ActorSlug = Field(description="The slug of the record.")
    into: ActorSlug | None = Field(
        description="The slug of the winner of a merge; null for other changes."
    )
    status: Literal["running", "done"] = Field(
        description="`done` once all its events are written."
    )
    progress: float = Field(ge=0, le=1, description="The share of its events that are written.")
    created_at: TimestampText
    updated_at: TimestampText
