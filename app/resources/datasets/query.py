"""Query parameters of datasets, each with the filter that it sets."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from app.query.column_conditions import NOT_OF_EVENTS
from app.query.filters.column_filters import AtLeast
from app.query.params import Micros, PageParams
from app.query.predicates import Predicate
from app.query.table_view import TableView
from app.vocab.field_types import Visibility

DatasetSort = Literal["slug", "-slug", "title", "-title", "updated_at", "-updated_at"]


@dataclass(frozen=True)
class HasVisibility:
    """A filter by the visibility of a dataset."""

    def lower(self, query: BaseModel, name: str, value: str) -> Predicate:
        """Return the predicate that compares with 0 or 1."""
        del query
        wanted = int(value == "private")

        def where(view: TableView) -> Any:
            return view.column("is_private") == wanted

        return Predicate(name, wanted, {}, where, mask=NOT_OF_EVENTS)


class DatasetQuery(PageParams):
    """The parameters of a list of datasets."""

    visibility: Annotated[
        Visibility | None,
        HasVisibility(),
        Field(description="Only public datasets, or only private ones that the key may see."),
    ] = None
    updated_since: Annotated[
        Micros | None,
        AtLeast("updated_at"),
        Field(description="Datasets changed at that time or later."),
    ] = None
    sort: DatasetSort = Field(default="slug", description="The order, with `-` for descending.")
