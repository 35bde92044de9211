"""The questions that can be asked of merges."""

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
    """One of the events was merged by it, or another one into it."""

    def lower(self, query: BaseModel, name: str, value: list[UUID]) -> Predicate:
        """Losers are looked up among what is merged now, and what was."""
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
    """Everything that a list of merges takes."""

    event: Annotated[
        Annotated[list[UUID], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        IsAboutEvents(),
        Field(description="Of these events, or into them."),
    ] = None
    winner: Annotated[
        Annotated[list[UUID], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("winner_id"),
        Field(description="Into these events."),
    ] = None
    dataset: Annotated[
        Annotated[list[Slug], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        Equals("dataset"),
        RefersTo("dataset"),
        Field(description="In these datasets."),
    ] = None
    undone: Annotated[bool | None, IsSet("is_undone"), Field(description="Taken back, or not.")] = (
        None
    )
    updated_since: Annotated[
        Micros | None, AtLeast("updated_at"), Field(description="Made or undone then or later.")
    ] = None
    sort: Literal["-created_at", "created_at", "-updated_at", "updated_at"] = Field(
        default="-created_at", description="The order, `-` for descending."
    )
