"""Schemas of a source and of the bodies that create and change it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.record.reference_records.shared_schemas import ReadOnlyDataset, ReadOnlyFields
from app.vocab.field_types import (
    ActorSlug,
    CountryCode,
    Language,
    Line,
    Reliability,
    RevisionNumber,
    Slug,
    SourceKind,
    TimestampText,
    Url,
)
from app.web.change_schemas import patches

_EXAMPLE: dict[str, Any] = {
    "kind": "state-media",
    "name": "Korean Central News Agency",
    "reliability": "D",
    "owner": "government-of-the-dprk",
    "speaks_for": "PRK",
    "country": "PRK",
    "language": "ko",
    "url": "http://www.kcna.kp",
}


class SourceContent(BaseModel):
    """The settable fields of a source."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [_EXAMPLE]}
    )

    kind: SourceKind = Field(description="The kind of publisher.")
    name: Line = Field(description="The name of the source.")
    reliability: Reliability = Field(
        default="F",
        description="Admiralty grade: A (completely reliable) to E; F cannot be judged.",
    )
    owner: Slug | None = Field(
        default=None,
        description="The source that owns this one: sources of one owner are one voice.",
    )
    speaks_for: ActorSlug | None = Field(
        default=None, description="The actor that the source speaks for, as state media do."
    )
    country: CountryCode | None = Field(
        default=None, description="The country of publication, as ISO 3166-1 alpha-3."
    )
    language: Language | None = Field(
        default=None, description="The main language of the source, as BCP 47."
    )
    url: Url | None = Field(default=None, description="The home page of the source.")


class SourceCreate(SourceContent):
    """A source to create."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"slug": "kcna", **_EXAMPLE}]})

    slug: Slug = Field(description="The name of the source in URLs and claims; it never changes.")
    dataset: Slug | None = Field(
        default=None,
        description="The private dataset that the source is created for: it has that dataset's"
        " visibility until public data uses it. Null, or a public dataset: it is public.",
    )


class SourceReplace(ReadOnlyDataset, SourceContent, ReadOnlyFields):
    """The new content of a source; fields left out get their defaults."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})


@patches(SourceContent)
class _SourceContentPatch(ReadOnlyFields):
    """The settable fields of a source, all optional."""


class SourcePatch(ReadOnlyDataset, _SourceContentPatch):
    """A merge patch (RFC 7396) of a source: null removes a value, fields left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reliability": "C"}]})


class Source(BaseModel):
    """One source as it is served."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "slug": "kcna",
                    **_EXAMPLE,
                    "dataset": "acled",
                    "revision": 1,
                    "created_at": "2024-06-12T08:00:00.000000Z",
                    "updated_at": "2024-06-12T08:00:00.000000Z",
                }
            ]
        }
    )

    slug: Slug
    kind: SourceKind
    name: Line
    reliability: Reliability
    owner: Slug | None
    speaks_for: ActorSlug | None
    country: CountryCode | None
    language: Language | None
    url: Url | None
    dataset: Slug | None = Field(
        description="The private dataset that the source belongs to while no public data uses it."
    )
    revision: RevisionNumber
    created_at: TimestampText
    updated_at: TimestampText
