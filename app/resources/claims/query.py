"""Query parameters of claims, each with the filter that it sets."""

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
    """The parameters of a list of one event's claims."""

    stance: Annotated[
        Stance | None, Equals("stance"), Field(description="Claims that affirm, or deny.")
    ] = None
    source: Annotated[
        Slugs | None,
        Equals("source"),
        RefersTo("source"),
        Field(description="Claims by these sources."),
    ] = None
    origin: Annotated[
        Slugs | None,
        Equals("origin"),
        RefersTo("source"),
        Field(description="Claims that repeat these sources."),
    ] = None
    speaker: Annotated[
        ActorSlugs | None,
        Equals("speaker"),
        RefersTo("actor"),
        Field(description="Claims spoken by these actors."),
    ] = None
    speaks_for: Annotated[
        ActorSlugs | None,
        Equals("speaks_for"),
        RefersTo("actor"),
        Field(description="Claims spoken for these actors."),
    ] = None
    basis: Annotated[
        Annotated[list[BasisName], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("basis"),
        Field(description="Claims with one of these bases."),
    ] = None
    about: Annotated[
        Annotated[list[FieldName], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("about"),
        Field(description="Claims that state a value of one of these fields."),
    ] = None
    retracted: Annotated[
        bool | None,
        IsSet("is_retracted"),
        Field(description="Only retracted claims, or only others."),
    ] = None
    since: Annotated[
        DayNumber | None,
        AtLeast("made_day"),
        Field(description="Claims made on that day or later."),
    ] = None
    until: Annotated[
        DayNumber | None,
        LessThan("made_day", unknown=OPEN_START),
        Field(description="Claims made before that day, which is later than `since`."),
    ] = None
    updated_since: Annotated[
        Micros | None,
        AtLeast("updated_at"),
        Field(description="Claims changed at that time or later."),
    ] = None
    sort: Literal["-made_on", "made_on", "-updated_at", "updated_at"] = Field(
        default="-made_on", description="The order, with `-` for descending."
    )


class ClaimQuery(ClaimsOfEventQuery):
    """The parameters of a list of claims."""

    event: Annotated[
        Annotated[list[UUID], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        NamesEvent("event_id"),
        Field(description="Claims about these events."),
    ] = None
    dataset: Annotated[
        Slugs | None,
        Equals("dataset"),
        RefersTo("dataset"),
        Field(description="Claims in these datasets."),
    ] = None
    external_id: Annotated[
        Annotated[list[ExternalId], AT_LEAST_ONE] | None,
        Equals("external_id"),
        Field(description="Claims with one of these ids of their provider."),
    ] = None
