"""The parameters of a list of merges."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import or_, select

from app.db.sql.array_sql import any_of
from app.models.merges import merged_events, past_merged_events
from app.query.column_conditions import NOT_OF_EVENTS
from app.query.filters.column_filters import AtLeast, Equals, IsSet
from app.query.names.resolve_names import RefersTo
from app.query.params import Micros, PageParams
from app.query.predicates import Predicate
from app.query.table_view import TableView
from app.vocab.field_types import AT_LEAST_ONE, SPLIT_COMMAS, Slug


@dataclass(frozen=True)
class IsAboutEvents:
    """A filter for merges with one of the events as winner or loser."""

    def lower(self, query: BaseModel, name: str, value: list[UUID]) -> Predicate:
        """Return the predicate, which finds losers among present and past merges."""
        del query

        def where(view: TableView) -> Any:
            lost = [
                view.column("id").in_(
                    select(table.c.merge_id).where(any_of(table.c.event_id, name))
                )
                for table in (merged_events, past_merged_events)
            ]
            return or_(any_of(view.column("winner_id"), name), *lost)

        return Predicate(name, "", {name: value}, where, mask=NOT_OF_EVENTS)


class MergeQuery(PageParams):
    """The parameters of a list of merges."""

    event: Annotated[
        Annotated[list[UUID], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        IsAboutEvents(),
        Field(description="Merges with these events as losers or winner."),
    ] = None
    winner: Annotated[
        Annotated[list[UUID], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("winner_id"),
        Field(description="Merges into these events."),
    ] = None
    dataset: Annotated[
        Annotated[list[Slug], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("dataset"),
        RefersTo("dataset"),
        Field(description="Merges in these datasets."),
    ] = None
    undone: Annotated[
        bool | None,
        IsSet("is_undone"),
        Field(description="Only merges that were undone, or only others."),
    ] = None
    updated_since: Annotated[
        Micros | None,
        AtLeast("updated_at"),
        Field(description="Merges that were made or undone at this time or later."),
    ] = None
    sort: Literal["-created_at", "created_at", "-updated_at", "updated_at"] = Field(
        default="-created_at", description="The order, `-` for descending."
    )
