"""Query parameters of events, each with the filter that it sets."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.models.events import NO_FATALITIES
from app.query.cql2.filter_parameter import SatisfiesFilter
from app.query.cql2.params import FilterLanguage, FilterText
from app.query.event_fields import EVENT_FIELDS, FIELD_ALIASES
from app.query.filters.column_filters import AtLeast, AtMost, Equals
from app.query.filters.event_filters import AllTakePart, HasSource, HasTerm, InRole, TakesPart
from app.query.filters.place_filters import InBox, InCircle, InGeometry
from app.query.filters.text_filters import HasWords
from app.query.filters.time_filters import Since, Until
from app.query.names.resolve_names import RefersTo
from app.query.params import AsOfParam, DayNumber, Micros, PageParams, QueryModel
from app.resources.events.parameter_types import (
    ActorNames,
    AreaText,
    BoxText,
    CircleText,
    CodeTerm,
    EventSort,
    FormatName,
    IncludeName,
    WordsText,
)
from app.resources.events.schemas import EventField, ExternalId, Tag
from app.values.tokenizer import WordQuery
from app.vocab.field_types import (
    AT_LEAST_ONE,
    SPLIT_COMMAS,
    AnyCountries,
    Category,
    EventTypeName,
    Lifecycle,
    RoleName,
    Slug,
    Verification,
)


class EventFilters(AsOfParam):
    """The filters of events, the same on every read of them."""

    id: Annotated[
        Annotated[list[UUID], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("id"),
        Field(description="Events with one of these ids."),
    ] = None
    q: Annotated[
        WordsText | None,
        HasWords(),
        Field(
            description="Words that the title, names and summary must contain: plain,"
            ' `"a phrase"`, `-excluded`, `begin*`. Case and accents do not matter.'
        ),
    ] = None
    q_in: Literal["events", "claims"] = Field(
        default="events",
        description="The texts to search for `q`: `claims` searches the claims' paraphrases too,"
        " and finds an event that has all the words itself or in one claim.",
    )
    type: Annotated[
        Annotated[list[EventTypeName], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("type"),
        Field(description="Events of one of these types."),
    ] = None
    category: Annotated[
        Annotated[list[Category], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("category"),
        Field(description="Events of one of these categories."),
    ] = None
    country: Annotated[
        AnyCountries | None,
        Equals("country"),
        Field(
            description="The country of the place: ISO3, ISO2, a name, or another scheme's code,"
            " with its prefix (`fips:KN`, `gw:731`).",
            examples=[["PRK"]],
        ),
    ] = None
    actor: Annotated[
        ActorNames | None,
        TakesPart(),
        RefersTo("actor"),
        Field(description="One of these actors takes part or is acted for.", examples=[["PRK"]]),
    ] = None
    actor_all: Annotated[
        ActorNames | None,
        AllTakePart(),
        RefersTo("actor", rarest_first=True),
        Field(description="All of these actors take part.", examples=[["PRK", "RUS"]]),
    ] = None
    role: Annotated[
        Annotated[list[RoleName], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        InRole(),
        Field(description="A participant, or each actor given, has one of these roles."),
    ] = None
    dyad: Annotated[
        ActorNames | None,
        AllTakePart(),
        RefersTo("actor", rarest_first=True, each_once=True),
        Field(
            description="These two different actors take part.",
            examples=[["PRK", "RUS"]],
            json_schema_extra={"minItems": 2, "maxItems": 2, "uniqueItems": True},
        ),
    ] = None
    since: Annotated[
        DayNumber | None, Since(), Field(description="Events on that day or later.")
    ] = None
    until: Annotated[
        DayNumber | None,
        Until(),
        Field(description="Events before that day, which is later than `since`."),
    ] = None
    date_match: Literal["possible", "certain"] = Field(
        default="possible",
        description="`possible`: the event's date can mean a day in the range; `certain`: it lies"
        " wholly in the range and is neither approximate nor uncertain.",
    )
    bbox: Annotated[
        BoxText | None,
        InBox(),
        Field(
            description="Places inside `west,south,east,north`; west > east crosses the"
            " antimeridian."
        ),
    ] = None
    near: Annotated[
        CircleText | None,
        InCircle(),
        Field(description="Places within km of a point: `longitude,latitude,km`."),
    ] = None
    within: Annotated[
        AreaText | None,
        InGeometry(),
        Field(
            description="Places in a polygon or on its edge: WKT or GeoJSON, longitudes first."
            " Edges are straight between longitudes and latitudes; past 180, as in 170 to 190, they"
            " cross the antimeridian."
        ),
    ] = None
    lifecycle: Annotated[
        Annotated[list[Lifecycle], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("lifecycle"),
        Field(description="Events with one of these lifecycles."),
    ] = None
    verification: Annotated[
        Annotated[list[Verification], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("verification"),
        Field(description="Events with one of these verification statuses."),
    ] = None
    dataset: Annotated[
        Annotated[list[Slug], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("dataset"),
        RefersTo("dataset"),
        Field(description="Events in one of these datasets."),
    ] = None
    source: Annotated[
        Annotated[list[Slug], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        HasSource(),
        RefersTo("source"),
        Field(description="Events with a claim by one of these sources or that repeats one."),
    ] = None
    tag: Annotated[
        Annotated[list[Tag], AT_LEAST_ONE] | None,
        HasTerm("tag"),
        Field(description="Events with one of these tags."),
    ] = None
    code: Annotated[
        Annotated[list[CodeTerm], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        HasTerm("code"),
        Field(description="Events with one of these foreign codes, `scheme:code`."),
    ] = None
    fatalities_min: Annotated[
        Annotated[int, Field(ge=0, le=2_000_000_000)] | None,
        AtLeast("fatalities_best"),
        Field(description="At least that many deaths, by the best estimate."),
    ] = None
    fatalities_max: Annotated[
        Annotated[int, Field(ge=0, le=2_000_000_000)] | None,
        AtMost("fatalities_best", unknown=NO_FATALITIES),
        Field(
            description="At most that many deaths, by the best estimate; no fewer than"
            " `fatalities_min`."
        ),
    ] = None
    updated_since: Annotated[
        Micros | None,
        AtLeast("updated_at"),
        Field(description="Events changed at that time or later."),
    ] = None
    external_id: Annotated[
        Annotated[list[ExternalId], AT_LEAST_ONE] | None,
        Equals("external_id"),
        Field(description="Events with one of these ids of their provider."),
    ] = None
    filter_lang: FilterLanguage = None
    filter: Annotated[
        FilterText | None,
        SatisfiesFilter(EVENT_FIELDS, FIELD_ALIASES),
        Field(
            description="A further condition in CQL2 (OGC 21-065), as text or as JSON:"
            " comparisons, `AND` `OR` `NOT`, `IN`, `BETWEEN`, `LIKE`, `IS NULL`, arithmetic,"
            " `CASEI`, `ACCENTI`, and the functions on lists, time and places. The names of"
            " parameters are fields; so are `title`, `date`, `earliest_on`, `latest_on`,"
            " `location`, `fatalities` and everything under `details`."
        ),
    ] = None
    known_by: DayNumber | None = Field(
        default=None,
        description="Show only the knowledge of that day: verification, the counts of claims,"
        " lifecycle and fatalities are derived from the claims made by then, and `known_by` lists"
        " these fields; an event without such a claim is absent.",
    )

    @model_validator(mode="after")
    def _check_dyad(self) -> Self:
        if self.dyad is not None and len(set(self.dyad)) != 2:
            raise PydanticCustomError(
                "not-a-dyad", "{field} takes two actors, as dyad=PRK,RUS", {"field": "dyad"}
            )
        return self


class EventRenderParams(QueryModel):
    """Parameters for the rendering of events."""

    fields: Annotated[list[EventField], SPLIT_COMMAS, AT_LEAST_ONE] | None = Field(
        default=None, description="The fields to show of each event; all by default."
    )
    include: Annotated[list[IncludeName], SPLIT_COMMAS, AT_LEAST_ONE] | None = Field(
        default=None,
        description="`claims` adds to each event's `claims` the 20 latest as `items`, with a link"
        " to all if there are more; `relations` adds its relations likewise; a whole export has"
        " them all. `references` adds the dataset, actors and sources that the event and its"
        " claims name; `snippets`, in a list with `q`, the pieces of text that have its words.",
    )
    format: FormatName | None = Field(
        default=None,
        description="The representation; it takes precedence over `Accept`. All but `json` give"
        " the whole answer unless `limit` is set.",
    )

    @property
    def words(self) -> WordQuery | None:
        """The words that snippets mark, if any."""
        return getattr(self, "q", None)

    @model_validator(mode="after")
    def _check_snippets(self) -> Self:
        if "snippets" in (self.include or ()) and self.words is None:
            raise PydanticCustomError("no-words", "snippets need q", {"field": "include"})
        return self


class CsvParams(QueryModel):
    """Parameters for the rendering of CSV."""

    bom: bool = Field(
        default=False, description="Begin CSV with a byte order mark, for spreadsheets."
    )
    safe: Literal["excel"] | None = Field(
        default=None,
        json_schema_extra={"enum": ["excel"]},
        description="`excel` puts a `'` before each text in CSV that begins with `=`, `+`, `-`,"
        " `@`, a tab or a line break, which a spreadsheet would read as a formula.",
    )


class EventQuery(EventFilters, EventRenderParams, CsvParams, PageParams):
    """The parameters of a list of events."""

    sort: EventSort = Field(
        default="-date",
        description="The order, with `-` for descending; unknown values sort as smallest."
        " `relevance` needs `q`: each word counts four in the title, two in a name, one in the"
        " summary.",
    )

    @model_validator(mode="after")
    def _check_relevance(self) -> Self:
        if self.sort.endswith("relevance") and self.q is None:
            raise PydanticCustomError("no-words", "relevance needs q", {"field": "sort"})
        return self


class EventCountQuery(EventFilters):
    """The parameters of a count of events."""


class OneEventQuery(AsOfParam, EventRenderParams):
    """The parameters of a read of one event."""

    known_by: DayNumber | None = Field(
        default=None, description="Show only what the claims made by that day support."
    )
