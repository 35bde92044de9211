"""Query parameters of sources, each with the filter that it sets."""

import string
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import Text, bindparam, func, or_

from app.query.column_conditions import NOT_OF_EVENTS
from app.query.filters.column_filters import AtLeast, Equals
from app.query.names.resolve_names import RefersTo
from app.query.params import Micros, PageParams
from app.query.predicates import Predicate
from app.query.table_view import TableView
from app.vocab.field_types import (
    AT_LEAST_ONE,
    SPLIT_COMMAS,
    ActorSlug,
    AnyCountries,
    Language,
    NameText,
    Reliability,
    Slug,
    SourceKind,
)

Slugs = Annotated[list[Slug], SPLIT_COMMAS, AT_LEAST_ONE]
SourceSort = Literal["name", "-name", "updated_at", "-updated_at"]

# Both databases lower only ASCII letters in a column with byte order; so must this table.
_TO_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True)
class SourceNameBegins:
    """A filter by the beginning of a word in a source's name, or of its slug."""

    def lower(self, query: BaseModel, name: str, value: str) -> Predicate:
        """Return the predicate that searches every name: sources are few."""
        del query
        start = value.strip().translate(_TO_LOWER)
        binds = {"begins": f"{_escape_pattern(start)}%", "inside": f"% {_escape_pattern(start)}%"}

        def where(view: TableView) -> Any:
            lowered = func.lower(view.column("name"))
            first: Any = bindparam("begins", type_=Text, required=True)
            return or_(
                lowered.like(first, escape="/"),
                lowered.like(bindparam("inside", type_=Text, required=True), escape="/"),
                view.key.like(first, escape="/"),
            )

        return Predicate(name, "", binds, where, mask=NOT_OF_EVENTS)


def _escape_pattern(text: str) -> str:
    """Escape the wildcards in a text, for a LIKE pattern."""
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


class SourceQuery(PageParams):
    """The parameters of a list of sources."""

    kind: Annotated[
        Annotated[list[SourceKind], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("kind"),
        Field(description="Sources of one of these kinds."),
    ] = None
    reliability: Annotated[
        Annotated[list[Reliability], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("reliability"),
        Field(description="Sources with one of these Admiralty grades."),
    ] = None
    owner: Annotated[
        Slugs | None,
        Equals("owner"),
        RefersTo("source"),
        Field(description="Sources owned by one of these sources."),
    ] = None
    speaks_for: Annotated[
        Annotated[list[ActorSlug], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("speaks_for"),
        RefersTo("actor"),
        Field(description="Sources that speak for one of these actors."),
    ] = None
    country: Annotated[
        AnyCountries | None,
        Equals("country"),
        Field(
            description="Sources published in a country: ISO3, ISO2, a name, or another scheme's"
            " code with its prefix (`fips:KN`, `gw:731`).",
            examples=[["PRK"]],
        ),
    ] = None
    language: Annotated[
        Annotated[list[Language], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("language"),
        Field(description="Sources in one of these languages, as BCP 47."),
    ] = None
    q: Annotated[
        NameText | None,
        SourceNameBegins(),
        Field(
            description="The beginning of a word in the name, or of the slug; the case of ASCII"
            " letters does not matter.",
            examples=["korean"],
        ),
    ] = None
    dataset: Annotated[
        Slugs | None,
        Equals("dataset"),
        RefersTo("dataset"),
        Field(description="Sources of one of these private datasets."),
    ] = None
    updated_since: Annotated[
        Micros | None,
        AtLeast("updated_at"),
        Field(description="Sources changed at that time or later."),
    ] = None
    sort: SourceSort = Field(default="name", description="The order, with `-` for descending.")
