"""The shapes of aggregates, for the reference."""

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

    count: Number = Field(default=0, description="How many events.")
    fatalities_best: Number = Field(default=0, description="The dead, by the best estimates.")
    fatalities_known: Number = Field(default=0, description="How many events have an estimate.")
    fatalities_most: Number | None = Field(
        default=None, description="The most dead of one event; null where none is known."
    )


class Aggregate(BaseModel):
    """Rows in the order of their values; null comes last."""

    data: list[AggregateRow] = Field(description="The groups.")
    next_cursor: None = Field(default=None, description="Always null: the answer is whole.")


class FacetItem(BaseModel):
    """One value of a facet, and how many events have it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"value": "summit", "count": 3}]})

    value: str | None = Field(
        description="The value; null stands for events without one, and comes last."
    )
    count: Number = Field(description="How many events.")


class FacetRest(BaseModel):
    """The values beyond the top."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"values": 4, "count": 9}]})

    values: Annotated[int, Field(ge=1, le=MOST)] = Field(description="How many values they are.")
    count: Number = Field(description="How many events have them, each counted once a value.")


class Facet(BaseModel):
    """The values of one dimension."""

    items: list[FacetItem] = Field(description="Those with most events first.")
    rest: FacetRest | None = Field(description="All that lies beyond the top; null where nothing.")


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
    total: Number = Field(description="How many events there are in all.")


class GridCell(BaseModel):
    """A cell of the map."""

    longitude: float = Field(ge=-180, le=180, description="Its middle.", examples=[126.5625])
    latitude: float = Field(ge=-90, le=90, description="Its middle.", examples=[39.375])
    count: Number = Field(description="How many events lie in it.")


class Grid(BaseModel):
    """The cells that are not empty."""

    cells: list[GridCell] = Field(description="From south to north, then from west to east.")
    unplaced: Number = Field(description="Events that are not on the map.")
    degrees: float = Field(gt=0, le=45, description="The size of a cell.", examples=[2.8125])


class NetworkNode(BaseModel):
    """An actor, and the events in which it, or another for it, takes part."""

    actor: ActorSlug = Field(description="Its slug.")
    name: str = Field(max_length=500, description="Its name of today.", examples=["North Korea"])
    count: Number = Field(description="How many events.")


class NetworkEdge(BaseModel):
    """How often one actor acts upon another."""

    source: ActorSlug = Field(alias="from", description="The actor that acts.")
    target: ActorSlug = Field(alias="to", description="The actor that it is done to.")
    count: Number = Field(description="In how many events.")


class NetworkRest(BaseModel):
    """What is not shown."""

    nodes: Number = Field(description="Actors beyond the top.")
    edges: Number = Field(description="Edges that such actors are part of.")


class Network(BaseModel):
    """Actors, those with most events first, and the edges among them."""

    nodes: list[NetworkNode] = Field(description="The actors.")
    edges: list[NetworkEdge] = Field(description="The edges.")
    left_out: NetworkRest = Field(description="How much lies beyond the top.")


Page: Any = make_list_model(Event) | make_list_model(EventPart)


class Histogram(BaseModel):
    """Events by their date."""

    bucket: str = Field(max_length=10, description="The width.", examples=["month"])
    filled: bool = Field(
        description="Whether gaps are filled: not if that would make more than 10,000 rows."
    )
    data: list[AggregateRow] = Field(description="In order; null comes last.")


class Dashboard(BaseModel):
    """One moment's answer to everything that a dashboard shows."""

    position: FeedPosition = Field(
        description="The place in the change feed: all changes up to here are in the answer."
    )
    total: Number = Field(description="How many events there are in all.")
    events: Page = Field(description="The first page; its cursor goes on in `/v1/events`.")
    facets: dict[str, Facet] = Field(
        description="As `/v1/facets` has them.", examples=[_FACETS_EXAMPLE]
    )
    histogram: Histogram = Field(description="As `/v1/aggregate` has it.")
    grid: Grid = Field(description="As `/v1/grid` has it.")
