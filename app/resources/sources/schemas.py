"""The shapes of a source, in and out."""

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
    """What is set of a source."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [_EXAMPLE]}
    )

    kind: SourceKind = Field(description="What sort of publisher it is.")
    name: Line = Field(description="What it is called.")
    reliability: Reliability = Field(
        default="F", description="Admiralty A (completely reliable) to E; F cannot be judged."
    )
    owner: Slug | None = Field(
        default=None,
        description="The source that owns it: sources of one owner are one voice.",
    )
    speaks_for: ActorSlug | None = Field(
        default=None, description="The actor it speaks for, as state media do."
    )
    country: CountryCode | None = Field(
        default=None, description="Where it is published from, as ISO 3166-1 alpha-3."
    )
    language: Language | None = Field(
        default=None, description="The language it mostly publishes in, as BCP 47."
    )
    url: Url | None = Field(default=None, description="Its home page.")


class SourceCreate(SourceContent):
    """A source to be made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"slug": "kcna", **_EXAMPLE}]})

    slug: Slug = Field(description="Its name in URLs and in claims, for good.")
    dataset: Slug | None = Field(
        default=None,
        description="The private dataset it is made for: it shows to whom that dataset shows,"
        " until a public one uses it. Null, or a public dataset: it shows to everybody.",
    )


class SourceReplace(ReadOnlyDataset, SourceContent, ReadOnlyFields):
    """A source as it shall stand: what is left out falls back to its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})


@patches(SourceContent)
class _SourceContentPatch(ReadOnlyFields):
    """The settable fields of a source, all optional."""


class SourcePatch(ReadOnlyDataset, _SourceContentPatch):
    """A merge patch (RFC 7396) of a source: null removes, what is left out stays."""

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
        description="The private dataset that made it and that nothing public uses yet."
    )
    revision: RevisionNumber
    created_at: TimestampText
    updated_at: TimestampText
