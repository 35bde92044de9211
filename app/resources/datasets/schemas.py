"""Schemas of a dataset and of the bodies that create and change it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.record.reference_records.shared_schemas import ReadOnlyFields
from app.vocab.field_types import (
    Day,
    Line,
    RevisionNumber,
    Slug,
    Text,
    TimestampText,
    Url,
    Visibility,
)
from app.web.change_schemas import patches

_EXAMPLE: dict[str, Any] = {
    "title": "UCDP Georeferenced Event Dataset",
    "description": "Single events of organised violence.",
    "licence": "CC-BY-4.0",
    "citation": "Sundberg, Ralph and Erik Melander (2013). Journal of Peace Research 50(4).",
    "url": "https://ucdp.uu.se/downloads/",
    "version": "24.1",
    "released_on": "2024-06-12",
    "visibility": "public",
}


class DatasetFields(BaseModel):
    """The settable fields of a dataset except its visibility."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Line = Field(description="The title of the dataset.")
    description: Text | None = Field(default=None, description="The content of the dataset.")
    licence: Line | None = Field(
        default=None, description="The license, as an SPDX expression if there is one."
    )
    citation: Text | None = Field(
        default=None, description="The citation that its provider asks for."
    )
    url: Url | None = Field(default=None, description="The address of its provider.")
    version: Line | None = Field(default=None, description="The release of the dataset.")
    released_on: Day | None = Field(default=None, description="The day of the release.")


class DatasetCreate(DatasetFields):
    """A dataset to create."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"slug": "ucdp-ged", **_EXAMPLE}]})

    slug: Slug = Field(description="The name of the dataset in URLs and records; it never changes.")
    visibility: Visibility = Field(
        default="public",
        description="`public` or `private`: only keys that may see a private dataset know that it"
        " exists. The key that creates a private dataset may see it.",
    )


class DatasetContent(DatasetFields):
    """The settable fields of a dataset; visibility is required, so that no change publishes it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    visibility: Visibility = Field(
        description="The visibility of the dataset; changing it needs `admin`."
    )


class DatasetReplace(DatasetContent, ReadOnlyFields):
    """The new content of a dataset; fields left out become null."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})


@patches(DatasetContent)
class DatasetPatch(ReadOnlyFields):
    """A merge patch (RFC 7396) of a dataset: null removes a value, fields left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "24.1"}]})


class Dataset(BaseModel):
    """One dataset as it is served."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "slug": "ucdp-ged",
                    **_EXAMPLE,
                    "revision": 1,
                    "created_at": "2024-06-12T08:00:00.000000Z",
                    "updated_at": "2024-06-12T08:00:00.000000Z",
                }
            ]
        }
    )

    slug: Slug
    title: Line
    description: Text | None
    licence: Line | None
    citation: Text | None
    url: Url | None
    version: Line | None
    released_on: Day | None
    visibility: Visibility
    revision: RevisionNumber
    created_at: TimestampText
    updated_at: TimestampText
