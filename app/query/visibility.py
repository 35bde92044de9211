"""The one place that says which rows a caller may see."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, literal_column, not_, or_, select

from app.db.functions import any_of
from app.models.datasets import datasets
from app.values.callers import Caller

HIDDEN = select(datasets.c.slug).where(
    datasets.c.is_private == literal_column("1"), not_(any_of(datasets.c.slug, "granted"))
)


def visible(table: FromClause, columns: Iterable[str], caller: Caller) -> list[ColumnElement[bool]]:
    """What keeps the rows of hidden datasets out; binds the caller's grants as `granted`.

    A row shows if each of its datasets does; a row of no dataset is public.
    """
    if caller.sees_all:
        return []
    return [_shows(table.c[name]) for name in columns]


def grants(caller: Caller) -> dict[str, Any]:
    """The values that `visible` binds."""
    return {} if caller.sees_all else {"granted": sorted(caller.datasets or ())}


def _shows(dataset: ColumnElement[Any]) -> ColumnElement[bool]:
    hidden = dataset.in_(HIDDEN)
    return or_(dataset.is_(None), not_(hidden)) if _can_be_null(dataset) else not_(hidden)


def _can_be_null(dataset: ColumnElement[Any]) -> bool:
    return bool(getattr(dataset, "nullable", True))
