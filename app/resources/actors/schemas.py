"""Schemas of an actor and of the bodies that create and change it."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.record.reference_records.shared_schemas import ReadOnlyDataset, ReadOnlyFields
from app.values.suggestions import did_you_mean
from app.vocab.countries import get_countries
from app.vocab.field_types import (
    SCHEME_NAMES,
    ActorKind,
    ActorSlug,
    CountryCode,
    ForeignCode,
    Line,
    RevisionNumber,
    Scheme,
    Slug,
    TimestampText,
)
from app.web.change_schemas import patches

MOST_NAMES = 500
MOST_CODES = 50


def _check_country_slug(slug: str) -> str:
    if slug.isupper() and slug not in get_countries():
        hint = did_you_mean(slug, get_countries())
        raise PydanticCustomError(
            "unknown-code",
            "capital letters are for countries, and {slug} is not an ISO 3166-1 alpha-3 code{hint}",
            {"slug": slug, "hint": hint},
        )
    return slug


NewActorSlug = Annotated[ActorSlug, AfterValidator(_check_country_slug)]
ActorCodes = Annotated[
    dict[
        Scheme,
        ForeignCode | Annotated[list[ForeignCode], Field(min_length=1, max_length=MOST_CODES)],
    ],
    Field(max_length=MOST_CODES, json_schema_extra=SCHEME_NAMES),
]
ActorCodesPatch = Annotated[
    dict[
        Scheme,
        ForeignCode
        | Annotated[list[ForeignCode], Field(min_length=1, max_length=MOST_CODES)]
        | None,
    ],
    Field(json_schema_extra=SCHEME_NAMES),
]
Aliases = Annotated[list[Line], Field(max_length=MOST_NAMES)]

_EXAMPLE_CODES = {"wikidata": ["Q56226"]}
_EXAMPLE: dict[str, Any] = {
    "kind": "person",
    "name": "Kim Jong Un",
    "aliases": ["Kim Jong-eun"],
    "codes": _EXAMPLE_CODES,
    "country": "PRK",
}


class ActorContent(BaseModel):
    """The settable fields of an actor."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [_EXAMPLE]}
    )

    kind: ActorKind = Field(description="The kind of the actor.")
    name: Line = Field(description="The name of the actor, as shown in events.")
    aliases: Aliases = Field(
        default_factory=list, description="Other names by which the actor is found."
    )
    codes: ActorCodes = Field(
        default_factory=dict,
        description="The codes of the actor by scheme: one, or several with the current one first.",
        examples=[_EXAMPLE_CODES],
    )
    country: CountryCode | None = Field(
        default=None, description="The country of the actor, as ISO 3166-1 alpha-3."
    )


class ActorCreate(ActorContent):
    """An actor to create."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"slug": "kim-jong-un", **_EXAMPLE}]})

    slug: NewActorSlug = Field(
        description="The name of the actor in URLs and events; it never changes."
    )
    dataset: Slug | None = Field(
        default=None,
        description="The private dataset that the actor is created for: it has that dataset's"
        " visibility until public data uses it. Null, or a public dataset: it is public.",
    )


class ActorReplace(ReadOnlyDataset, ActorContent, ReadOnlyFields):
    """The new content of an actor; fields left out get their defaults."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})


@patches(ActorContent, codes=ActorCodesPatch)
class _ActorContentPatch(ReadOnlyFields):
    """The settable fields of an actor, all optional."""


class ActorPatch(ReadOnlyDataset, _ActorContentPatch):
    """A merge patch (RFC 7396) of an actor: null removes a value, fields left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"aliases": ["Kim Jong-eun"]}]})


class Actor(BaseModel):
    """One actor as it is served."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "slug": "kim-jong-un",
                    **_EXAMPLE,
                    "dataset": "acled",
                    "revision": 1,
                    "created_at": "2024-06-12T08:00:00.000000Z",
                    "updated_at": "2024-06-12T08:00:00.000000Z",
                }
            ]
        }
    )

    slug: ActorSlug
    kind: ActorKind
    name: Line
    aliases: Aliases
    codes: dict[Scheme, list[ForeignCode]] = Field(json_schema_extra=SCHEME_NAMES)
    country: CountryCode | None
    dataset: Slug | None = Field(
        description="The private dataset that the actor belongs to while no public data uses it."
    )
    revision: RevisionNumber
    created_at: TimestampText
    updated_at: TimestampText
