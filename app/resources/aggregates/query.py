"""Parameters of the aggregates, beside the filters that all reads of events have."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.aggregate.dimensions import DIMENSIONS
from app.aggregate.measures import MEASURES
from app.aggregate.results import MOST_ZOOM
from app.aggregate.time_buckets import BUCKETS
from app.query.params import QueryModel
from app.resources.events.parameter_types import EventSort
from app.resources.events.query import EventFilters, EventQuery
from app.resources.events.schemas import EventField
from app.vocab.field_types import SPLIT_COMMAS, ActorKind, make_choice_type

MOST_DIMENSIONS = 4
MOST_TOP = 1_000

DimensionName = make_choice_type(tuple(DIMENSIONS), "dimension", "DimensionName")
MeasureName = make_choice_type(tuple(MEASURES), "measure", "MeasureName")
BucketName = make_choice_type(tuple(BUCKETS), "bucket", "BucketName")
FACETS = ["type", "category", "country", "verification"]

_BY = (
    "Events without a value are a group of their own; for `day`, `week` (ISO), `month`, `quarter`"
    " and `year` so are events whose date can mean days in more than one. An event counts once for"
    " each of its `actor`, `role`, `tag`, `code` and `source`, so their counts can sum to more."
)

By = Annotated[
    list[DimensionName],  # type: ignore[valid-type]  # made by a function
    SPLIT_COMMAS,
    Field(min_length=1, max_length=MOST_DIMENSIONS),
]
FacetBy = Annotated[
    list[DimensionName],  # type: ignore[valid-type]  # made by a function
    SPLIT_COMMAS,
    Field(min_length=1, max_length=len(DIMENSIONS)),
]
Top = Annotated[int, Field(ge=1, le=MOST_TOP)]
Zoom = Annotated[int, Field(ge=0, le=MOST_ZOOM)]
_ZOOM = "The size of the cells: 45 degrees at 0, half of that with each further zoom."


class _UniqueNames(QueryModel):
    """Lists that name nothing twice."""

    @model_validator(mode="after")
    def _check_named_once(self) -> Self:
        for name in ("by", "measures"):
            named = getattr(self, name, None) or []
            if len(set(named)) < len(named):
                raise PydanticCustomError(
                    "named-twice", "{field} names the same twice", {"field": name}
                )
        return self


class AggregateQuery(EventFilters, _UniqueNames):
    """The parameters of an aggregate."""

    by: By | None = Field(
        default=None, description=f"The dimensions to group by, in this order. {_BY}"
    )
    measures: Annotated[
        list[MeasureName],  # type: ignore[valid-type]  # made by a function
        SPLIT_COMMAS,
        Field(min_length=1, max_length=len(MEASURES)),
    ] = Field(
        default=["count"],
        description="The measures of each group: `count` of events; `fatalities_best`, the sum"
        " of the best estimates; `fatalities_known`, the number of events with one;"
        " `fatalities_most`, the greatest estimate.",
    )
    fill: bool = Field(
        default=False,
        description="Whether empty rows fill the gaps: each bucket from the first to the last,"
        " or from `since` to `until`, for each combination of the other values.",
    )


class FacetsQuery(EventFilters, _UniqueNames):
    """The parameters of facets."""

    by: FacetBy = Field(default=FACETS, description=f"The facets. {_BY}")
    top: Top = Field(default=20, description="The number of values of a facet, before `rest`.")


class GridQuery(EventFilters):
    """The parameters of a grid."""

    zoom: Zoom = Field(default=4, description=_ZOOM)


class NetworkQuery(EventFilters):
    """The parameters of a network."""

    top: Top = Field(default=100, description="The number of actors: those with most events.")
    kind: Annotated[list[ActorKind], SPLIT_COMMAS, Field(min_length=1, max_length=20)] | None = (
        Field(default=None, description="Only actors of these kinds.")
    )


class DashboardQuery(EventFilters, _UniqueNames):
    """The parameters of a dashboard."""

    by: FacetBy = Field(default=FACETS, description=f"The facets. {_BY}")
    top: Top = Field(default=20, description="The number of values of a facet, before `rest`.")
    bucket: BucketName = Field(  # type: ignore[valid-type]  # made by a function
        default="month", description="The width of the histogram's buckets."
    )
    zoom: Zoom = Field(default=4, description=_ZOOM)
    sort: EventSort = Field(default="-date", description="The order of the list.")
    limit: int = Field(default=50, ge=1, le=1_000, description="The most events in the list.")
    fields: (
        Annotated[list[EventField], SPLIT_COMMAS, Field(min_length=1, max_length=200)] | None
    ) = Field(default=None, description="Only these fields of each event.")

    @model_validator(mode="after")
    def _check_relevance_has_words(self) -> Self:
        if self.sort.endswith("relevance") and self.q is None:
            raise PydanticCustomError("no-words", "relevance needs q", {"field": "sort"})
        return self

    @property
    def listed(self) -> EventQuery:
        """The parameters of the list alone, to which its cursor belongs."""
        asked = self.model_fields_set & EventQuery.model_fields.keys()
        return EventQuery.model_construct(asked, **{name: getattr(self, name) for name in asked})
