"""The shapes of an event, in and out."""

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
ForeignCode = Annotated[str, StringConstraints(pattern=LINE_PATTERN, min_length=1, max_length=200)]
DeathCount = Annotated[int, Field(ge=0, le=2_000_000_000)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]

NOT_IN_ORDER = "low ≤ best ≤ high does not hold"


class StrictModel(BaseModel):
    """A part of an event; fields that it does not have are errors."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Location(StrictModel):
    """Where it happened, at most one place; coordinates in degrees, WGS 84."""

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

    name: Line | None = Field(default=None, description="What the place is called.")
    country: CountryCode | None = Field(default=None, description="ISO 3166-1 alpha-3.")
    admin1: Line | None = Field(default=None, description="The first-level division.")
    longitude: Longitude | None = Field(
        default=None, description="Degrees east; with `latitude` or not at all."
    )
    latitude: Latitude | None = Field(
        default=None, description="Degrees north; `exact` and `city` need it."
    )
    precision: LocationPrecision = Field(
        description="How closely the place is known; `country` and `region` are no dots on a map."
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
    """An actor that takes part, and how."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"actor": "vladimir-putin", "for": "RUS", "role": "guest"}]}
    )

    actor: ActorSlug = Field(description="The actor's slug; a state's is its ISO3 code.")
    name: Line | None = Field(
        default=None, description="Filled in by Annals; ignored if it agrees."
    )
    acts_for: ActorSlug | None = Field(
        default=None, alias="for", description="The state or organisation that the actor acts for."
    )
    role: RoleName = Field(description="What the actor does in the event.")


class FatalityNumbers(StrictModel):
    """How many died, as a provider says it: its numbers are kept in whatever order they are."""

    low: DeathCount | None = Field(default=None, description="The least it can be.")
    best: DeathCount | None = Field(default=None, description="The estimate.")
    high: DeathCount | None = Field(default=None, description="The most it can be.")

    @property
    def are_in_order(self) -> bool:
        """Whether low ≤ best ≤ high holds of those that are known."""
        known = [each for each in (self.low, self.best, self.high) if each is not None]
        return known == sorted(known)


class Fatalities(FatalityNumbers):
    """How many died; `best` is the estimate, `low` and `high` its bounds."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"low": 30, "best": 38, "high": 50}]})

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if not self.are_in_order:
            raise PydanticCustomError("not-in-order", NOT_IN_ORDER)
        return self


class Override(StrictModel):
    """An editor's verification, which goes before what the claims support."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "refuted", "reason": "the photo is from 2014"}]}
    )

    status: Verification = Field(description="The status that the event is to have.")
    reason: Line = Field(description="Why, for those who read it.")


class EventImport(StrictModel):
    """What is set of an event, held to the rules that hold whichever way it comes in."""

    dataset: Slug = Field(description="The dataset it belongs to, for good.")
    external_id: ExternalId | None = Field(
        default=None,
        description="The record's id where it comes from. With it the event's id is made from"
        " dataset and external_id, so that the same record is never made twice.",
    )
    type: EventTypeName = Field(description="Its class, from `/v1/event-types`.")
    title: Line = Field(description="One line that says what happened.")
    summary: Text | None = Field(default=None, description="What happened, in a few sentences.")
    date: EdtfDate = Field(
        description="When, as EDTF (ISO 8601-2, levels 0 and 1): `2024-06-18`, `2024-06`,"
        " `2024-06-18/2024-06-19`, `2024-05~`, `2023?`, `2024-01/..`. Of level 1 years before 1"
        " (`0000`, `-0044`) and beyond 9999 (`Y17000`) are kept out.",
        examples=["2024-06-18/2024-06-19"],
    )
    lifecycle: Lifecycle = Field(default="occurred", description="Whether it has happened.")
    location: Location | None = Field(default=None, description="Where, at most one place.")
    participants: Annotated[list[ParticipantIn], Field(max_length=200)] = Field(
        default_factory=list, description="Who takes part, and how."
    )
    details: dict[str, Any] | None = Field(
        default=None,
        description="The fields that only events of this type have; `/v1/event-types` gives"
        " their JSON Schema.",
    )
    fatalities: FatalityNumbers | None = Field(default=None, description="How many died.")
    codes: dict[Scheme, ForeignCode] = Field(
        default_factory=dict,
        max_length=20,
        description="Foreign codes as they came, by scheme.",
        json_schema_extra=SCHEME_NAMES,
        examples=[{"cameo": "042", "plover": "CONSULT/visit"}],
    )
    tags: Annotated[list[Tag], Field(max_length=50)] = Field(
        default_factory=list, description="Words of your own to find it by."
    )
    verification_override: Override | None = Field(
        default=None, description="An editor's verification instead of what the claims support."
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
    """What is set of an event; all else in it is derived."""

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

    fatalities: Fatalities | None = Field(default=None, description="How many died.")


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
    """The claims about the event's occurrence: not retracted, and the voices behind them."""

    affirming: CountNumber = Field(description="Claims that affirm it.", examples=[3])
    denying: CountNumber = Field(description="Claims that deny it.", examples=[0])
    independent: CountNumber = Field(description="Independent voices.", examples=[3])
    first_made_on: DayText | None = Field(
        description="The day by which the first claim had been made.", examples=["2024-06-10"]
    )
    items: list[dict[str, Any]] | None = Field(
        default=None, description="With `include=claims`: the 20 latest claims."
    )
    more: str | None = Field(
        default=None, description="With `include=claims`: where all are, if there are more."
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
    earliest_on: DayText | None = Field(description="The first day it can mean.")
    latest_on: DayText | None = Field(description="The last day it can mean.")
    date_precision: str = Field(
        description="How fine the date is; of an interval its coarser end.",
        json_schema_extra={"enum": [*PRECISIONS]},
    )
    lifecycle: Lifecycle
    verification: Verification = Field(description="What the claims support, by the rules.")
    verification_rule: str = Field(
        description="The rule that decided, by its name.", examples=["two-independent"]
    )
    verification_reason: str = Field(
        description="Why, in one sentence.", examples=["two independent voices affirm it"]
    )
    verification_override: Override | None
    location: Location | None
    participants: list[Participant]
    details: dict[str, Any] | None
    fatalities: Fatalities | None
    codes: dict[Scheme, ForeignCode] = Field(json_schema_extra=SCHEME_NAMES)
    tags: list[Tag]
    claims: ClaimCounts = Field(description="How many claims there are, and what they say.")
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
    """An event as it is to be; what is left out is emptied."""


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
