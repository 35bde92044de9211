"""The shapes of a claim, in and out."""

from typing import Annotated, Any, Self
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.resources.events.schemas import ExternalId, StrictModel
from app.values.suggestions import did_you_mean
from app.vocab.field_types import (
    ActorSlug,
    BasisName,
    Day,
    EdtfDate,
    Language,
    Line,
    RecordIdText,
    RevisionNumber,
    Slug,
    Stance,
    TimestampText,
    Url,
)
from app.web.change_schemas import has_read_only_fields, patches

Credibility = Annotated[int, Field(ge=1, le=6)]
FATALITY_FIELDS = ("fatalities.low", "fatalities.best", "fatalities.high")
WHOLE_FIELDS = ("date", "lifecycle", "title", "type")
CLAIMABLE = (*FATALITY_FIELDS, *WHOLE_FIELDS, "location.name", "location.country")
LARGEST_COUNT = 2_000_000_000
LONGEST_VALUE = 10_000
"""Bytes, as JSON."""

_EXAMPLE: dict[str, Any] = {
    "stance": "affirms",
    "source": "nhk",
    "made_on": "2024-06-12",
    "paraphrase": "Putin may visit North Korea as early as next week",
    "basis": "media-report",
}


class Speaker(StrictModel):
    """Who speaks: a person or body, the office held, and whom it speaks for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"actor": "shin-won-sik", "title": "defence minister", "speaks_for": "KOR"}
            ]
        }
    )

    actor: ActorSlug | None = Field(default=None, description="The actor's slug, if it is named.")
    title: Line | None = Field(default=None, description="The office, at the time.")
    speaks_for: ActorSlug | None = Field(
        default=None, description="The actor whose voice this is: a state, an organisation."
    )


class ClaimCreate(StrictModel):
    """What is set of a claim."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    external_id: ExternalId | None = Field(
        default=None, description="The claim's id where it comes from; with it the id is made."
    )
    stance: Stance = Field(description="Whether it affirms or denies.")
    source: Slug = Field(description="The source that publishes it.")
    speaker: Speaker | None = Field(default=None, description="Who said it, if that is known.")
    origin: Slug | None = Field(
        default=None, description="The source whose text this source repeats, if it does."
    )
    made_on: EdtfDate | None = Field(
        default=None, description="When it was made, as EDTF; null if that is not known."
    )
    paraphrase: Line = Field(description="What it says, in one line of your own words.")
    url: Url | None = Field(default=None, description="Where it can be read.")
    language: Language | None = Field(default=None, description="BCP 47.", examples=["ko"])
    basis: BasisName = Field(description="What it rests on.")
    credibility: Credibility = Field(
        default=6, description="Admiralty 1 (confirmed) to 5; 6: cannot be judged."
    )
    retracted_on: Day | None = Field(default=None, description="The day it was taken back.")
    about: Line | None = Field(
        default=None,
        examples=["fatalities.best"],
        description="The field of the event that it states a value of, such as"
        " `fatalities.best` or `details.delivered`; null where it speaks of the occurrence.",
    )
    value: Any = Field(default=None, description="The value that it states.", examples=[38])

    @model_validator(mode="after")
    def _check_value(self) -> Self:
        if (self.about is None) != (self.value is None):
            absent = "about" if self.about is None else "value"
            raise PydanticCustomError(
                "about-and-value", "about and value come together", {"field": absent}
            )
        if self.about is None:
            return self
        _check_size(self.value)
        if not self.about.startswith("details.") and self.about not in CLAIMABLE:
            hint = did_you_mean(self.about, CLAIMABLE)
            raise PydanticCustomError(
                "unknown-field",
                "this names no field of an event{hint}",
                {"hint": hint, "field": "about"},
            )
        if self.about in FATALITY_FIELDS and not _is_count(self.value):
            raise PydanticCustomError(
                "not-a-count",
                "the value of {about} is a whole number",
                {"about": self.about, "field": "value"},
            )
        return self


def _check_size(value: Any) -> None:
    try:
        length = len(orjson.dumps(value))
    except TypeError:
        raise PydanticCustomError(
            "too-large", "a whole number in it has more than 64 bits", {"field": "value"}
        ) from None
    if length > LONGEST_VALUE:
        raise PydanticCustomError("too-long", "the value is too long", {"field": "value"})


@has_read_only_fields(("id", "revision", "event", "created_at", "updated_at"))
class ReadOnlyClaimFields(StrictModel):
    """The fields of a claim that Annals sets."""


class ClaimOfEventCreate(ClaimCreate):
    """A claim that names its event."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"event": "9ee8e511-5681-5d2f-9049-ce520c9c7483", **_EXAMPLE}]
        }
    )

    event: Annotated[UUID, Field(strict=False)] = Field(
        description="The id of the event it speaks of."
    )


class ClaimReplace(ReadOnlyClaimFields, ClaimCreate):
    """A claim as it is to be; what is left out is emptied."""


@patches(ClaimCreate)
class ClaimPatch(ReadOnlyClaimFields):
    """A merge patch (RFC 7396) of a claim."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"retracted_on": "2024-06-20"}]})


class Claim(BaseModel):
    """One claim as it is served."""

    id: RecordIdText
    revision: RevisionNumber
    event: RecordIdText
    external_id: ExternalId | None
    stance: Stance
    source: Slug
    speaker: Speaker | None
    origin: Slug | None
    made_on: EdtfDate | None
    paraphrase: Line
    url: Url | None
    language: Language | None
    basis: BasisName
    credibility: Credibility
    retracted_on: Day | None
    about: Line | None
    value: Any
    created_at: TimestampText
    updated_at: TimestampText


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_COUNT
