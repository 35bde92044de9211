"""Visibility: the one place that decides which rows a caller may see."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    func,
    literal_column,
    not_,
    or_,
    select,
    union_all,
)

from app.db.database import Reads
from app.db.sql.array_sql import any_of
from app.db.statements import AnySelect, Row, Statement, fetch
from app.models.datasets import datasets, past_datasets
from app.values.caller import ANONYMOUS, OPERATOR, Caller

_LATER_DATASETS = past_datasets.alias()
_LAST_POSITION = select(func.max(_LATER_DATASETS.c.until_position)).where(
    _LATER_DATASETS.c.slug == past_datasets.c.slug
)

# A dataset that was deleted while private stays hidden, and so does its part of the feed.
HIDDEN_DATASETS = union_all(
    *(
        select(table.c.slug).where(
            table.c.is_private == literal_column("1"),
            not_(any_of(table.c.slug, "granted")),
            *conditions,
        )
        for table, conditions in (
            (datasets, ()),
            (
                past_datasets,
                (
                    past_datasets.c.until_position == _LAST_POSITION.scalar_subquery(),
                    past_datasets.c.slug.not_in(select(datasets.c.slug)),
                ),
            ),
        )
    )
)


def build_visibility(
    table: FromClause, columns: Iterable[str], caller: Caller
) -> list[ColumnElement[bool]]:
    """Return the conditions that leave out rows of hidden datasets; they bind `granted`.

    A row is visible if each of its datasets is; a row without a dataset is public.
    """
    if caller.sees_all:
        return []
    return [_is_visible(table.c[name]) for name in columns]


def bind_grants(caller: Caller) -> dict[str, Any]:
    """Return the values that the conditions of `build_visibility` bind."""
    return {} if caller.sees_all else {"granted": sorted(caller.datasets or ())}


class VisibleStatement:
    """A select of visible rows, compiled once for callers who see all and once for all others.

    `make` is given a caller of either kind, and passes it on to `build_visibility`.
    """

    __slots__ = ("_make", "_statements")

    def __init__(self, make: Callable[[Caller], AnySelect]) -> None:
        self._make = make
        self._statements: dict[bool, Statement] = {}

    def fetch(
        self, reads: Reads, caller: Caller, values: Mapping[str, Any]
    ) -> Awaitable[list[Row]]:
        """Fetch the rows that the caller may see."""
        sees_all = caller.sees_all
        statement = self._statements.get(sees_all) or self._compile(sees_all)
        granted = {} if sees_all else {"granted": sorted(caller.datasets or ())}
        return reads.fetch(statement, {**values, **granted})

    def fetch_within(
        self, connection: Connection, caller: Caller, values: Mapping[str, Any]
    ) -> list[Row]:
        """Fetch the rows that the caller may see within a transaction."""
        return fetch(connection, self.get_for(caller), {**values, **bind_grants(caller)})

    def get_for(self, caller: Caller) -> Statement:
        """Return the statement for this caller, whose grants are still to be bound."""
        return self._statements.get(caller.sees_all) or self._compile(caller.sees_all)

    def _compile(self, sees_all: bool) -> Statement:
        statement = Statement(self._make(OPERATOR if sees_all else ANONYMOUS))
        self._statements[sees_all] = statement
        return statement


def _is_visible(dataset: ColumnElement[Any]) -> ColumnElement[bool]:
    hidden = dataset.in_(HIDDEN_DATASETS)
    return or_(dataset.is_(None), not_(hidden)) if _can_be_null(dataset) else not_(hidden)


def _can_be_null(dataset: ColumnElement[Any]) -> bool:
    return bool(getattr(dataset, "nullable", True))
