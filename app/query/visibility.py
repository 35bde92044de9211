"""The one place that says which rows a caller may see."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, func, literal_column, not_, or_, select, union_all

from app.db.sql.array_sql import any_of
from app.models.datasets import datasets, past_datasets
from app.values.caller import Caller

_LATER_DATASETS = past_datasets.alias()
_LAST_POSITION = select(func.max(_LATER_DATASETS.c.until_position)).where(
    _LATER_DATASETS.c.slug == past_datasets.c.slug
)

# One that was deleted while it was private stays hidden, and what the feed tells of it.
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
    """What keeps the rows of hidden datasets out; binds the caller's grants as `granted`.

    A row shows if each of its datasets does; a row of no dataset is public.
    """
    if caller.sees_all:
        return []
    return [_is_visible(table.c[name]) for name in columns]


def bind_grants(caller: Caller) -> dict[str, Any]:
    """The values that `visible` binds."""
    return {} if caller.sees_all else {"granted": sorted(caller.datasets or ())}


def _is_visible(dataset: ColumnElement[Any]) -> ColumnElement[bool]:
    hidden = dataset.in_(HIDDEN_DATASETS)
    return or_(dataset.is_(None), not_(hidden)) if _can_be_null(dataset) else not_(hidden)


def _can_be_null(dataset: ColumnElement[Any]) -> bool:
    return bool(getattr(dataset, "nullable", True))
