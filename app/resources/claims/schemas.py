"""Schemas of a claim and of the bodies that create and change it."""

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
"""In bytes, as JSON."""

_EXAMPLE: dict[str, Any] = {
    "stance": "affirms",
    "source": "nhk",
    "made_on": "2024-06-12",
    "paraphrase": "Putin may visit North Korea as early as next week",
    "basis": "media-report",
}


class Speaker(StrictModel):
    """The speaker of a claim: a person or body, its office, and the actor it speaks for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"actor": "shin-won-sik", "title": "defence minister", "speaks_for": "KOR"}
            ]
        }
    )

    actor: ActorSlug | None = Field(
        default=None, description="The slug of the speaker, if it is named."
    )
    title: Line | None = Field(default=None, description="The office of the speaker at the time.")
    speaks_for: ActorSlug | None = Field(
        default=None, description="The actor that the speaker speaks for: a state, an organization."
    )


class ClaimCreate(StrictModel):
    """The settable fields of a claim."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    external_id: ExternalId | None = Field(
        default=None,
        description="The id of the claim at its provider; the claim's id is derived from it.",
    )
    stance: Stance = Field(description="`affirms` or `denies`.")
    source: Slug = Field(description="The source that publishes the claim.")
    speaker: Speaker | None = Field(default=None, description="The speaker, if known.")
    origin: Slug | None = Field(
        default=None, description="The source whose text this source repeats, if any."
    )
    made_on: EdtfDate | None = Field(
        default=None, description="The date of the claim, as EDTF; null if it is not known."
    )
    paraphrase: Line = Field(description="The claim in one line of your own words.")
    url: Url | None = Field(default=None, description="The address of the text.")
    language: Language | None = Field(
        default=None, description="The language of the text, as BCP 47.", examples=["ko"]
    )
    basis: BasisName = Field(description="The basis of the claim.")
    credibility: Credibility = Field(
        default=6, description="Admiralty 1 (confirmed) to 5; 6 cannot be judged."
    )
    retracted_on: Day | None = Field(
        default=None, description="The day on which the claim was retracted."
    )
    about: Line | None = Field(
        default=None,
        examples=["fatalities.best"],
        description="The field of the event whose value the claim states, such as"
        " `fatalities.best` or `details.delivered`; null if it is about the occurrence.",
    )
    value: Any = Field(default=None, description="The value that the claim states.", examples=[38])

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
                "an event has no such field{hint}",
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
            "too-large", "it contains an integer of more than 64 bits", {"field": "value"}
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
        description="The id of the event that the claim is about."
    )


class ClaimReplace(ReadOnlyClaimFields, ClaimCreate):
    """The new content of a claim; fields left out are emptied."""


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
