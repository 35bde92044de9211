"""Schemas of merges."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.vocab.field_types import Line, RecordIdText, RevisionNumber, Slug, TimestampText

MOST_LOSERS = 100


class MergeCreate(BaseModel):
    """Several records of the same event in one dataset, and the one that is to stay."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "winner": "9ee8e511-5681-5d2f-9049-ce520c9c7483",
                    "losers": ["e2671423-d465-5d85-a118-ae94e909d93e"],
                    "note": "the same visit, recorded twice",
                }
            ]
        },
    )

    winner: UUID = Field(description="The id of the event that stays.")
    losers: Annotated[list[UUID], Field(min_length=1, max_length=MOST_LOSERS)] = Field(
        description="The ids of the events that are merged into it.",
        json_schema_extra={"uniqueItems": True},
    )
    note: Line | None = Field(default=None, description="The reason, in one line.")


class Merge(BaseModel):
    """A merge."""

    id: RecordIdText
    revision: RevisionNumber
    dataset: Slug = Field(description="The dataset of all its events.")
    winner: RecordIdText = Field(description="The event that stayed.")
    losers: list[RecordIdText] = Field(description="The events that were merged into it.")
    note: Line | None = Field(description="The reason.")
    undone_at: TimestampText | None = Field(
        description="The time when it was undone; null if it was not."
    )
    created_at: TimestampText
    updated_at: TimestampText
