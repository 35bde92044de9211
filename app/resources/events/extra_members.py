"""What stands in an event beside its own fields, where it is asked for."""

from typing import Any

from pydantic import BaseModel, Field

from app.vocab.field_types import DayText


class IncludedRelations(BaseModel):
    """With `include=relations`: the 20 latest relations from and to the event."""

    items: list[dict[str, Any]] = Field(description="The relations.")
    more: str | None = Field(description="Where all are, if there are more.")


class References(BaseModel):
    """With `include=references`: the records that the event and its claims name."""

    dataset: dict[str, Any] | None = Field(description="The dataset, its licence and citation.")
    actors: list[dict[str, Any]] = Field(description="The actors, by slug.")
    sources: list[dict[str, Any]] = Field(description="The sources, and who owns them, by slug.")


class Derived(BaseModel):
    """With `known_by`: the day, and which fields were derived from the claims made by it."""

    day: DayText = Field(description="The day.")
    derived: list[str] = Field(
        description="The fields that were derived anew.", examples=[["verification", "claims"]]
    )
