"""The questions that can be asked of claims."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.query.filters.column_filters import AtLeast, Equals, IsSet, LessThan, NamesEvent
from app.query.names.resolve_names import RefersTo
from app.query.params import AsOfParam, DayNumber, Micros, PageParams
from app.resources.events.schemas import ExternalId
from app.values.dates import OPEN_START
from app.vocab.field_types import AT_LEAST_ONE, SPLIT_COMMAS, ActorSlug, BasisName, Slug, Stance

FieldName = Annotated[
    str, Field(pattern=r"^[^,\x00-\x1F]+$", max_length=500, examples=["fatalities.best"])
]
Slugs = Annotated[list[Slug], SPLIT_COMMAS, AT_LEAST_ONE]
ActorSlugs = Annotated[list[ActorSlug], SPLIT_COMMAS, AT_LEAST_ONE]


class ClaimsOfEventQuery(AsOfParam, PageParams):
    """What narrows the claims of one event down."""

    stance: Annotated[Stance | None, Equals("stance"), Field(description="Affirms or denies.")] = (
        None
    )
    source: Annotated[
        Slugs | None, Equals("source"), RefersTo("source"), Field(description="By these sources.")
    ] = None
    origin: Annotated[
        Slugs | None,
        Equals("origin"),
        RefersTo("source"),
        Field(description="That repeat these sources."),
    ] = None
    speaker: Annotated[
        ActorSlugs | None,
        Equals("speaker"),
        RefersTo("actor"),
        Field(description="Spoken by these actors."),
    ] = None
    speaks_for: Annotated[
        ActorSlugs | None,
        Equals("speaks_for"),
        RefersTo("actor"),
        Field(description="Spoken for these actors."),
    ] = None
    basis: Annotated[
        Annotated[list[BasisName], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("basis"),
        Field(description="Resting on one of these."),
    ] = None
    about: Annotated[
        Annotated[list[FieldName], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("about"),
        Field(description="That state a value of one of these fields."),
    ] = None
    retracted: Annotated[
        bool | None, IsSet("is_retracted"), Field(description="Taken back, or not.")
    ] = None
    since: Annotated[
        DayNumber | None, AtLeast("made_day"), Field(description="Made on that day or later.")
    ] = None
    until: Annotated[
        DayNumber | None,
        LessThan("made_day", unknown=OPEN_START),
        Field(description="Made before that day, which is later than `since`."),
    ] = None
    updated_since: Annotated[
        Micros | None, AtLeast("updated_at"), Field(description="Changed then or later.")
    ] = None
    sort: Literal["-made_on", "made_on", "-updated_at", "updated_at"] = Field(
        default="-made_on", description="The order, `-` for descending."
    )


class ClaimQuery(ClaimsOfEventQuery):
    """Everything that a list of claims takes."""

    event: Annotated[
        Annotated[list[UUID], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        NamesEvent("event_id"),
        Field(description="About these events."),
    ] = None
    dataset: Annotated[
        Slugs | None,
        Equals("dataset"),
        RefersTo("dataset"),
        Field(description="In these datasets."),
    ] = None
    external_id: Annotated[
        Annotated[list[ExternalId], AT_LEAST_ONE] | None,
        Equals("external_id"),
        Field(description="With one of these ids of the place they come from."),
    ] = None
