"""The shapes of a dataset, in and out."""

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
    """What is set of a dataset, but for its visibility."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Line = Field(description="What it is called.")
    description: Text | None = Field(default=None, description="What it holds.")
    licence: Line | None = Field(
        default=None, description="Its licence, as an SPDX expression where there is one."
    )
    citation: Text | None = Field(default=None, description="How it wants to be cited.")
    url: Url | None = Field(default=None, description="Where it comes from.")
    version: Line | None = Field(default=None, description="Which release of it this is.")
    released_on: Day | None = Field(default=None, description="When this release came out.")


class DatasetCreate(DatasetFields):
    """A dataset to be made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"slug": "ucdp-ged", **_EXAMPLE}]})

    slug: Slug = Field(description="Its name in URLs and in records, for good.")
    visibility: Visibility = Field(
        default="public",
        description="`public`, or `private`: only keys that may see it know that it is there. The"
        " key that makes a private dataset may see it.",
    )


class DatasetContent(DatasetFields):
    """What is set of a dataset; its visibility has to be said, so that no change publishes it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    visibility: Visibility = Field(description="A change of it needs `admin`.")


class DatasetReplace(DatasetContent, ReadOnlyFields):
    """A dataset as it shall stand: what is left out becomes null."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})


@patches(DatasetContent)
class DatasetPatch(ReadOnlyFields):
    """A merge patch (RFC 7396) of a dataset: null removes, what is left out stays."""

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
