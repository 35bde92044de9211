"""Schemas of an event and of the bodies that create and change it."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.resources.events.event_details import validate_details
from app.resources.events.extra_members import Derived, IncludedRelations, References, Snippet
from app.vocab.event_layout import DERIVED_EVENT_FIELDS
from app.vocab.field_types import (
    LINE_PATTERN,
    PRECISIONS,
    SCHEME_NAMES,
    ActorSlug,
    Category,
    CountNumber,
    CountryCode,
    DayText,
    EdtfDate,
    EventTypeName,
    ForeignCode,
    Lifecycle,
    Line,
    LocationPrecision,
    RecordIdText,
    RevisionNumber,
    RoleName,
    Scheme,
    Slug,
    Text,
    TimestampText,
    Verification,
    make_choice_type,
)
from app.web.change_schemas import has_read_only_fields, patches
from app.web.schemas import make_part_model

ExternalId = Annotated[str, StringConstraints(pattern=LINE_PATTERN, min_length=1, max_length=200)]
Tag = Annotated[str, StringConstraints(pattern=LINE_PATTERN, min_length=1, max_length=100)]
DeathCount = Annotated[int, Field(ge=0, le=2_000_000_000)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]

NOT_IN_ORDER = "low ≤ best ≤ high does not hold"


class StrictModel(BaseModel):
    """A schema in which unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Location(StrictModel):
    """The one place of an event; coordinates in degrees, WGS 84."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Pyongyang",
                    "country": "PRK",
                    "admin1": None,
                    "longitude": 125.75,
                    "latitude": 39.03,
                    "precision": "city",
                }
            ]
        }
    )

    name: Line | None = Field(default=None, description="The name of the place.")
    country: CountryCode | None = Field(default=None, description="ISO 3166-1 alpha-3.")
    admin1: Line | None = Field(default=None, description="The first-level division.")
    longitude: Longitude | None = Field(
        default=None, description="Degrees east; only together with `latitude`."
    )
    latitude: Latitude | None = Field(
        default=None, description="Degrees north; required by the precisions `exact` and `city`."
    )
    precision: LocationPrecision = Field(
        description="The precision of the place; `country` and `region` are not points on a map."
    )

    @model_validator(mode="after")
    def _check_coordinates(self) -> Self:
        if (self.longitude is None) != (self.latitude is None):
            raise PydanticCustomError(
                "half-a-place", "longitude and latitude come together or not at all"
            )
        if self.longitude is None and self.precision in {"exact", "city"}:
            raise PydanticCustomError(
                "no-coordinates",
                "the precision {precision} needs longitude and latitude",
                {"precision": self.precision},
            )
        return self


class ParticipantIn(StrictModel):
    """An actor that takes part in an event, and its role."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"actor": "vladimir-putin", "for": "RUS", "role": "guest"}]}
    )

    actor: ActorSlug = Field(description="The actor's slug; a state's is its ISO3 code.")
    name: Line | None = Field(
        default=None, description="The actor's name, set by Annals; it may be sent back."
    )
    acts_for: ActorSlug | None = Field(
        default=None, alias="for", description="The state or organisation that the actor acts for."
    )
    role: RoleName = Field(description="The role of the actor in the event.")


class FatalityNumbers(StrictModel):
    """The number of deaths as a provider gives it; the order of its numbers is not checked."""

    low: DeathCount | None = Field(default=None, description="The lowest estimate.")
    best: DeathCount | None = Field(default=None, description="The best estimate.")
    high: DeathCount | None = Field(default=None, description="The highest estimate.")

    @property
    def is_ordered(self) -> bool:
        """True if low ≤ best ≤ high holds for the numbers that are known."""
        known = [number for number in (self.low, self.best, self.high) if number is not None]
        return known == sorted(known)


class Fatalities(FatalityNumbers):
    """The number of deaths: the best estimate with its lower and upper bounds."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"low": 30, "best": 38, "high": 50}]})

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if not self.is_ordered:
            raise PydanticCustomError("not-in-order", NOT_IN_ORDER)
        return self


class Override(StrictModel):
    """An editor's verification, which takes precedence over the claims."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "refuted", "reason": "the photo is from 2014"}]}
    )

    status: Verification = Field(description="The verification status of the event.")
    reason: Line = Field(description="The editor's reason, shown to readers.")


class EventImport(StrictModel):
    """The settable fields of an event, with the rules for requests and imports alike."""

    dataset: Slug = Field(description="The dataset that the event belongs to; it never changes.")
    external_id: ExternalId | None = Field(
        default=None,
        description="The id of the record at its provider. The event's id is then derived from"
        " dataset and external_id, so that the same record is never created twice.",
    )
    type: EventTypeName = Field(description="The type of the event, from `/v1/event-types`.")
    title: Line = Field(description="One line that describes the event.")
    summary: Text | None = Field(default=None, description="A description in a few sentences.")
    date: EdtfDate = Field(
        description="The date as EDTF (ISO 8601-2, levels 0 and 1): `2024-06-18`, `2024-06`,"
        " `2024-06-18/2024-06-19`, `2024-05~`, `2023?`, `2024-01/..`. Years before 1"
        " (`0000`, `-0044`) and after 9999 (`Y17000`) are not supported.",
        examples=["2024-06-18/2024-06-19"],
    )
    lifecycle: Lifecycle = Field(
        default="occurred",
        description="The stage of the event.",
    )
    location: Location | None = Field(default=None, description="The place of the event.")
    participants: Annotated[list[ParticipantIn], Field(max_length=200)] = Field(
        default_factory=list, description="The actors that take part, with their roles."
    )
    details: dict[str, Any] | None = Field(
        default=None,
        description="Fields specific to the type of the event; `/v1/event-types` gives"
        " their JSON Schema.",
    )
    fatalities: FatalityNumbers | None = Field(default=None, description="The number of deaths.")
    codes: dict[Scheme, ForeignCode] = Field(
        default_factory=dict,
        max_length=20,
        description="Foreign codes, verbatim, by scheme.",
        json_schema_extra=SCHEME_NAMES,
        examples=[{"cameo": "042", "plover": "CONSULT/visit"}],
    )
    tags: Annotated[list[Tag], Field(max_length=50)] = Field(
        default_factory=list, description="Free words to find the event by."
    )
    verification_override: Override | None = Field(
        default=None, description="An editor's verification, used instead of the claims'."
    )

    @model_validator(mode="after")
    def _drop_empty_fatalities(self) -> Self:
        dead = self.fatalities
        if dead is not None and dead.low is dead.best is dead.high is None:
            object.__setattr__(self, "fatalities", None)
        return self

    @model_validator(mode="after")
    def _validate_details(self) -> Self:
        if self.details is None:
            return self
        object.__setattr__(self, "details", validate_details(self.type, self.details))
        return self


class EventCreate(EventImport):
    """The settable fields of an event; all others are derived."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "dataset": "russia-dprk",
                    "type": "summit",
                    "title": "Putin visits Pyongyang",
                    "date": "2024-06-18/2024-06-19",
                    "participants": [
                        {"actor": "kim-jong-un", "for": "PRK", "role": "host"},
                        {"actor": "vladimir-putin", "for": "RUS", "role": "guest"},
                    ],
                    "details": {"series": "kim-jong-un-putin", "ordinal": 3},
                }
            ]
        }
    )

    fatalities: Fatalities | None = Field(default=None, description="The number of deaths.")


class Participant(BaseModel):
    """An actor that takes part, with its name."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"actor": "vladimir-putin", "name": "Vladimir Putin", "for": "RUS", "role": "guest"}
            ]
        }
    )

    actor: ActorSlug
    name: str
    acts_for: ActorSlug | None = Field(alias="for")
    role: RoleName


class ClaimCounts(BaseModel):
    """Counts of the claims about the event's occurrence that are not retracted."""

    affirming: CountNumber = Field(description="Claims that affirm the event.", examples=[3])
    denying: CountNumber = Field(description="Claims that deny the event.", examples=[0])
    independent: CountNumber = Field(
        description="Independent voices behind the claims.", examples=[3]
    )
    first_made_on: DayText | None = Field(
        description="The day by which the first claim was made.", examples=["2024-06-10"]
    )
    items: list[dict[str, Any]] | None = Field(
        default=None, description="With `include=claims`: the 20 latest claims."
    )
    more: str | None = Field(
        default=None,
        description="With `include=claims`: the list of all claims, if there are more.",
    )


class Event(BaseModel):
    """One event as it is served."""

    id: RecordIdText
    revision: RevisionNumber
    dataset: Slug
    external_id: ExternalId | None
    type: EventTypeName
    category: Category = Field(description="The category of its type.")
    title: Line
    summary: Text | None
    date: EdtfDate
    earliest_on: DayText | None = Field(description="The first day that the date can mean.")
    latest_on: DayText | None = Field(description="The last day that the date can mean.")
    date_precision: str = Field(
        description="The precision of the date; for an interval that of its coarser end.",
        json_schema_extra={"enum": [*PRECISIONS]},
    )
    lifecycle: Lifecycle
    verification: Verification = Field(description="The verification status by the published rule.")
    verification_rule: str = Field(
        description="The name of the part of the rule that decided.", examples=["two-independent"]
    )
    verification_reason: str = Field(
        description="The reason for the status, in one sentence.",
        examples=["two independent voices affirm it"],
    )
    verification_override: Override | None
    location: Location | None
    participants: list[Participant]
    details: dict[str, Any] | None
    fatalities: Fatalities | None
    codes: dict[Scheme, ForeignCode] = Field(json_schema_extra=SCHEME_NAMES)
    tags: list[Tag]
    claims: ClaimCounts = Field(
        description="Counts of the claims, and the claims themselves if included."
    )
    created_at: TimestampText
    updated_at: TimestampText
    relations: IncludedRelations | None = Field(
        default=None, description="With `include=relations`."
    )
    snippets: list[Snippet] | None = Field(default=None, description="With `include=snippets`.")
    references: References | None = Field(default=None, description="With `include=references`.")
    known_by: Derived | None = Field(default=None, description="With `known_by`.")


EventPart = make_part_model(Event)


@has_read_only_fields(DERIVED_EVENT_FIELDS)
class ReadOnlyEventFields(StrictModel):
    """The fields of an event that Annals sets."""


class EventReplace(ReadOnlyEventFields, EventCreate):
    """The new content of an event; fields left out are emptied."""


@patches(Location)
class LocationPatch(StrictModel):
    """A merge patch of a location."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"admin1": "Pyongyang"}]})


@patches(FatalityNumbers)
class FatalitiesPatch(StrictModel):
    """A merge patch of the number of deaths."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"best": 38}]})


@patches(Override)
class OverridePatch(StrictModel):
    """A merge patch of an editor's verification."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "disputed"}]})


@patches(
    EventImport,
    location=LocationPatch,
    fatalities=FatalitiesPatch,
    codes=Annotated[
        dict[Scheme, ForeignCode | None], Field(max_length=40, json_schema_extra=SCHEME_NAMES)
    ],
    verification_override=OverridePatch,
)
class EventPatch(ReadOnlyEventFields):
    """A merge patch (RFC 7396) of an event: null empties a field, objects are merged."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"summary": "…", "tags": ["visit"]}]})


EventField = make_choice_type(tuple(Event.model_fields), "field")
