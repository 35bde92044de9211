"""Query parameters of actors, each with the filter that it sets."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import bindparam, or_, select

from app.models.actors import actor_codes, actor_names
from app.query.column_conditions import NOT_OF_EVENTS
from app.query.filters.column_filters import AtLeast, Equals
from app.query.names.resolve_names import RefersTo
from app.query.params import Micros, PageParams
from app.query.predicates import Predicate
from app.query.table_view import TableView
from app.vocab.field_types import (
    AT_LEAST_ONE,
    CODE_TERM_PATTERN,
    SPLIT_COMMAS,
    ActorKind,
    AnyCountries,
    NameText,
    Slug,
)
from app.vocab.name_key import fold_name

LAST_CHARACTER = "\U0010ffff"
"""The last character in byte order: it bounds a search for a prefix."""

CodeTerm = Annotated[
    str,
    Field(pattern=CODE_TERM_PATTERN, max_length=241, examples=["cameo:PRK"]),
]
ActorSort = Literal["name", "-name", "updated_at", "-updated_at"]


@dataclass(frozen=True)
class HasName:
    """A filter by an actor's name or alias, ignoring case, accents and punctuation."""

    def lower(self, query: BaseModel, name: str, value: str) -> Predicate:
        """Return the predicate that looks up the folded name."""
        del query

        def where(view: TableView) -> Any:
            wanted = actor_names.c.folded == bindparam("folded_name", required=True)
            return view.key.in_(select(actor_names.c.actor).where(wanted))

        return Predicate(name, "", {"folded_name": fold_name(value)}, where, mask=NOT_OF_EVENTS)


@dataclass(frozen=True)
class ActorNameBegins:
    """A filter by the beginning of a word in an actor's name or alias."""

    def lower(self, query: BaseModel, name: str, value: str) -> Predicate:
        """Return the predicate: a range for the first word, a pattern for later words."""
        del query
        start = fold_name(value)
        literal = start.replace("/", "//").replace("%", "/%").replace("_", "/_")
        binds = {
            "begins": start,
            "begins_before": start + LAST_CHARACTER,
            "inside": f"% {literal}%",
        }

        def where(view: TableView) -> Any:
            folded = actor_names.c.folded
            first = (folded >= bindparam("begins", required=True)) & (
                folded < bindparam("begins_before", required=True)
            )
            later = folded.like(bindparam("inside", required=True), escape="/")
            return view.key.in_(select(actor_names.c.actor).where(or_(first, later)))

        return Predicate(name, "", binds, where, mask=NOT_OF_EVENTS)


@dataclass(frozen=True)
class HasActorCode:
    """A filter by codes of an actor, each written `scheme:code`."""

    def lower(self, query: BaseModel, name: str, value: list[str]) -> Predicate:
        """Return the predicate that compares each code; their number is in the query's shape."""
        del query
        pairs = [term.split(":", 1) for term in value]
        binds: dict[str, str] = {}
        for number, (scheme, code) in enumerate(pairs):
            binds |= {f"scheme_{number}": scheme, f"code_{number}": code}

        def where(view: TableView) -> Any:
            either = or_(
                *(
                    (actor_codes.c.scheme == bindparam(f"scheme_{number}", required=True))
                    & (actor_codes.c.code == bindparam(f"code_{number}", required=True))
                    for number in range(len(pairs))
                )
            )
            return view.key.in_(select(actor_codes.c.actor).where(either))

        return Predicate(name, len(pairs), binds, where, mask=NOT_OF_EVENTS)


class ActorQuery(PageParams):
    """The parameters of a list of actors."""

    kind: Annotated[
        Annotated[list[ActorKind], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("kind"),
        Field(description="Actors of one of these kinds."),
    ] = None
    country: Annotated[
        AnyCountries | None,
        Equals("country"),
        Field(
            description="Actors of a country: ISO3, ISO2, a name, or another scheme's code with"
            " its prefix (`fips:KN`, `gw:731`).",
            examples=[["PRK"]],
        ),
    ] = None
    name: Annotated[
        NameText | None,
        HasName(),
        Field(
            description="Actors with this name or alias; case, accents and punctuation do not"
            " matter.",
            examples=["Kim Jong-un"],
        ),
    ] = None
    q: Annotated[
        NameText | None,
        ActorNameBegins(),
        Field(
            description="The beginning of a word in a name or alias: `jong u` finds Kim Jong Un.",
            examples=["kim j"],
        ),
    ] = None
    code: Annotated[
        Annotated[list[CodeTerm], SPLIT_COMMAS, Field(min_length=1, max_length=20)] | None,
        HasActorCode(),
        Field(description="Actors with one of these codes, `scheme:code`."),
    ] = None
    dataset: Annotated[
        Annotated[list[Slug], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("dataset"),
        RefersTo("dataset"),
        Field(description="Actors of one of these private datasets."),
    ] = None
    updated_since: Annotated[
        Micros | None,
        AtLeast("updated_at"),
        Field(description="Actors changed at that time or later."),
    ] = None
    sort: ActorSort = Field(default="name", description="The order, with `-` for descending.")
