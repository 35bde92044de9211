"""What is asked of matches, and the questions by which candidates are found in the indexes."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field

from app.query.event_filters import TakesPart
from app.query.filters import Differs, Equals
from app.query.params import DayNumber, Query
from app.query.place_filters import InCircle
from app.query.predicates import Predicate
from app.query.references import Refers
from app.query.time_filters import Since, Until
from app.query.view import View
from app.values.places import Circle
from app.vocab.fields import COMMAS, MANY, Slug


class MatchQuery(Query):
    """How far apart two records of one event may be, and where to look for them."""

    dataset: Annotated[
        Annotated[list[Slug], COMMAS, MANY] | None,
        Refers("dataset"),
        Field(description="Only events of these datasets; without it, of all others."),
    ] = None
    days: int = Field(default=3, ge=0, le=31, description="How many days apart, at most.")
    km: float = Field(
        default=50,
        ge=1,
        le=500,
        description="How many kilometres apart, at most; three times as many where one of the two"
        " places is known to the province only.",
    )
    min_score: float = Field(
        default=0.5, ge=0, le=1, description="How alike they must be, from 0 to 1."
    )
    limit: int = Field(default=10, ge=1, le=100, description="How many matches at most.")


@dataclass(frozen=True)
class _Unplaced:
    """The event has no place on the map."""

    def lower(self, query: BaseModel, name: str, value: bool) -> Predicate:
        """Its index rows have no cell."""
        del query, value

        def where(view: View) -> Any:
            return view.column("longitude").is_(None)

        return Predicate(name, "", {}, where)


class CandidateQuery(Query):
    """One way of finding candidates: every condition has an index, or narrows one that has."""

    dataset: Annotated[list[str] | None, Equals("dataset")] = None
    other_than: Annotated[str | None, Differs("dataset")] = None
    since: Annotated[DayNumber | None, Since()] = None
    until: Annotated[DayNumber | None, Until()] = None
    near: Annotated[Circle | None, InCircle()] = None
    country: Annotated[list[str] | None, Equals("country")] = None
    unplaced: Annotated[bool | None, _Unplaced()] = None
    actor: Annotated[list[str] | None, TakesPart()] = None
