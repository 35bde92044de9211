"""Schemas that actors, sources and datasets share."""

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from app.vocab.field_types import ActorSlug

READ_ONLY: JsonDict = {"readOnly": True}


class ReadOnlyFields(BaseModel):
    """Fields that are read but never set: they may come back in a change as they were."""

    model_config = ConfigDict(extra="forbid", strict=True)

    slug: str | None = Field(
        default=None, max_length=100, description="Never changes.", json_schema_extra=READ_ONLY
    )
    revision: int | None = Field(
        default=None,
        ge=1,
        le=2_000_000_000,
        description="Set by Annals.",
        json_schema_extra=READ_ONLY,
    )
    created_at: str | None = Field(
        default=None, max_length=40, description="Set by Annals.", json_schema_extra=READ_ONLY
    )
    updated_at: str | None = Field(
        default=None, max_length=40, description="Set by Annals.", json_schema_extra=READ_ONLY
    )


class ReadOnlyDataset(BaseModel):
    """The dataset of an actor or a source, which no change sets."""

    dataset: str | None = Field(
        default=None, max_length=100, description="Set by Annals.", json_schema_extra=READ_ONLY
    )


class MergeInto(BaseModel):
    """The record that another is merged into."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"into": "kim-jong-un"}]}
    )

    into: ActorSlug = Field(description="The slug of the one that stays.")
