"""Schemas of the aggregates, for the API reference."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.resources.events.schemas import Event, EventPart
from app.vocab.field_types import ActorSlug, FeedPosition
from app.web.schemas import make_list_model

MOST = 2**53
Number = Annotated[int, Field(ge=0, le=MOST)]


class AggregateRow(BaseModel):
    """One group: its values under the names of the dimensions, then its measures."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "additionalProperties": {"type": ["string", "null"]},
            "examples": [{"month": "2024-06", "country": "PRK", "count": 3}],
        },
    )

    count: Number = Field(default=0, description="The number of events.")
    fatalities_best: Number = Field(
        default=0, description="The number of dead, by the best estimates."
    )
    fatalities_known: Number = Field(
        default=0, description="The number of events with an estimate."
    )
    fatalities_most: Number | None = Field(
        default=None, description="The most dead of one event; null if no estimate is known."
    )


class Aggregate(BaseModel):
    """Rows in the order of their values; null comes last."""

    data: list[AggregateRow] = Field(description="The groups.")
    next_cursor: None = Field(default=None, description="Always null: there is only one page.")


class FacetItem(BaseModel):
    """A value of a facet, and the number of events with it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"value": "summit", "count": 3}]})

    value: str | None = Field(
        description="The value; null means events without one, and comes last."
    )
    count: Number = Field(description="The number of events.")


class FacetRest(BaseModel):
    """The values beyond the top."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"values": 4, "count": 9}]})

    values: Annotated[int, Field(ge=1, le=MOST)] = Field(description="The number of values.")
    count: Number = Field(description="The number of events with them, counted once per value.")


class Facet(BaseModel):
    """The values of one dimension."""

    items: list[FacetItem] = Field(description="The values with most events first.")
    rest: FacetRest | None = Field(
        description="The values beyond the top; null if there are no more."
    )


_FACETS_EXAMPLE = {
    "type": {
        "items": [{"value": "summit", "count": 3}, {"value": "visit", "count": 2}],
        "rest": {"values": 4, "count": 9},
    }
}


class Facets(BaseModel):
    """The values of each facet."""

    facets: dict[str, Facet] = Field(
        description="By the names of the dimensions.", examples=[_FACETS_EXAMPLE]
    )
    total: Number = Field(description="The number of events in all.")


class GridCell(BaseModel):
    """A cell of the map."""

    longitude: float = Field(
        ge=-180,
        le=180,
        description="The center of the cell, in degrees (WGS 84).",
        examples=[126.5625],
    )
    latitude: float = Field(
        ge=-90, le=90, description="The center of the cell, in degrees (WGS 84).", examples=[39.375]
    )
    count: Number = Field(description="The number of events in it.")


class Grid(BaseModel):
    """The cells that are not empty."""

    cells: list[GridCell] = Field(description="From south to north, then from west to east.")
    unplaced: Number = Field(description="The number of events without a place on the map.")
    degrees: float = Field(
        gt=0, le=45, description="The size of a cell, in degrees.", examples=[2.8125]
    )


class NetworkNode(BaseModel):
    """An actor, and the number of events in which it, or another for it, takes part."""

    actor: ActorSlug = Field(description="The slug of the actor.")
    name: str = Field(
        max_length=500, description="The name of the actor.", examples=["North Korea"]
    )
    count: Number = Field(description="The number of events.")


class NetworkEdge(BaseModel):
    """An edge from an actor to one that it acts upon."""

    source: ActorSlug = Field(alias="from", description="The actor that acts.")
    target: ActorSlug = Field(alias="to", description="The actor acted upon.")
    count: Number = Field(description="The number of events.")


class NetworkRest(BaseModel):
    """The numbers of actors and edges left out."""

    nodes: Number = Field(description="Actors beyond the top.")
    edges: Number = Field(description="Edges from or to such actors.")


class Network(BaseModel):
    """Actors, those with most events first, and the edges among them."""

    nodes: list[NetworkNode] = Field(description="The actors.")
    edges: list[NetworkEdge] = Field(description="The edges.")
    left_out: NetworkRest = Field(description="The numbers beyond the top.")


Page: Any = make_list_model(Event) | make_list_model(EventPart)


class Histogram(BaseModel):
    """Events by their date."""

    bucket: str = Field(max_length=10, description="The width.", examples=["month"])
    filled: bool = Field(
        description="Whether gaps are filled: not if that would make more than 10,000 rows."
    )
    data: list[AggregateRow] = Field(description="In order; null comes last.")


class Dashboard(BaseModel):
    """Everything that a dashboard shows, from one snapshot."""

    position: FeedPosition = Field(
        description="The position in the change feed: all changes up to here are included."
    )
    total: Number = Field(description="The number of events in all.")
    events: Page = Field(description="The first page; its cursor goes on in `/v1/events`.")
    facets: dict[str, Facet] = Field(description="As in `/v1/facets`.", examples=[_FACETS_EXAMPLE])
    histogram: Histogram = Field(description="As in `/v1/aggregate`.")
    grid: Grid = Field(description="As in `/v1/grid`.")
