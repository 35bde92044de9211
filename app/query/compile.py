"""The one compiler from planned queries to selects."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)

from app.db.sql.json_sql import utf8_bytes
from app.db.statements import AnySelect
from app.models.datasets import datasets
from app.query.filters.text_filters import measure_relevance
from app.query.predicates import Driver, Predicate
from app.query.record_query import PlannedQuery
from app.query.table_view import TableView, is_valid_at_position, select_rows_at
from app.query.visibility import build_visibility

LIMIT = bindparam("limit", type_=Integer, required=True)

Where = Callable[[TableView], ColumnElement[bool]]
ChooseColumns = Callable[[TableView], Sequence[ColumnElement[Any]]]
SelectT = TypeVar("SelectT", Select[Any], CompoundSelect[*tuple[Any, ...]])
Branch = tuple[TableView, Where | None]
"""A part of the answer, with the alternative of a split condition that holds in it."""

# Fields from which a page under `known_by` is derived, in addition to the document.
KNOWN_FIELDS = (
    "verification",
    "rule",
    "reason",
    "affirming",
    "denying",
    "independent",
    "fatalities_low",
    "fatalities_best",
    "fatalities_high",
)


def build_page(planned: PlannedQuery, *, limited: bool = True, merging: bool = False) -> AnySelect:
    """Select rows of (document, fields known by a day …, sort key …) in the query's order."""
    parts = [_build_part(planned, views, limited, merging) for views in _split_branches(planned)]
    if len(parts) == 1:
        return parts[0]
    if merging and not limited:
        # Walked in their common order: otherwise all documents would be sorted first.
        whole = union_all(*(part.order_by(None) for part in parts))
        return _order_rows(whole, planned, limited)
    return _order_rows(_join_parts(parts), planned, limited)


def build_documents(planned: PlannedQuery, *, merging: bool = False) -> Select[Any]:
    """Select rows of (document), all of them, in the query's order."""
    page = build_page(planned, limited=False, merging=merging)
    if isinstance(page, Select):
        return page.with_only_columns(page.selected_columns[0], maintain_column_froms=True)
    return select(page.subquery().c.document)


def _build_part(
    planned: PlannedQuery, views: Sequence[Branch], limited: bool, merging: bool
) -> AnySelect:
    """Select from the present or the past: the page's keys by an index, then their documents."""
    keys = _build_keys(planned, views, limited, merging)
    is_past = views[0][0].is_past
    documents = planned.resource_type.documents_of(past=is_past)
    if documents is None:
        return keys
    picked = keys.subquery()
    _, *others = picked.c
    these = [documents.c[planned.resource_type.key] == picked.c.document]
    these += [is_valid_at_position(documents)] if is_past else []
    document = _format_document(planned, documents.c.document)
    whole = select(document.label("document"), *others).where(*these)
    return _order_rows(whole, planned, limited=False)


def _build_keys(
    planned: PlannedQuery, views: Sequence[Branch], limited: bool, merging: bool
) -> AnySelect:
    found = [_build_branch(planned, view, alternative) for view, alternative in views]
    if merging and len(found) > 1:
        return _order_rows(union_all(*found), planned, limited)
    ordered = [_order_rows(part, planned, limited) for part in found]
    return ordered[0] if len(ordered) == 1 else _order_rows(_join_parts(ordered), planned, limited)


def _join_parts(parts: Sequence[AnySelect]) -> Select[Any]:
    whole = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(*whole.c)


def select_matching(planned: PlannedQuery, columns: ChooseColumns) -> list[Select[Any]]:
    """Return selects that together have each record of a query once, with these columns."""
    return [
        _select_matches(planned, view, alternative, select(*columns(view)))[0]
        for views in _split_branches(planned)
        for view, alternative in views
    ]


def build_count(planned: PlannedQuery) -> Select[Any]:
    """Select one row with the number of records."""
    bare = select_matching(planned, lambda view: [view.key.label("key")])
    whole = bare[0].subquery() if len(bare) == 1 else union_all(*bare).subquery()
    return select(func.count().label("value")).select_from(whole)


def build_datasets(planned: PlannedQuery) -> Select[Any]:
    """Select (slug, document) of each dataset that a record of the query belongs to."""
    named = select_rows_at(datasets, ("slug", "document"), as_of=planned.as_of is not None)
    found = [
        _select_matches(planned, view, alternative, select(literal_column("1")))[0]
        .where(view.table.c.dataset == named.c.slug)
        .correlate(named)
        .exists()
        for views in _split_branches(planned)
        for view, alternative in views
    ]
    return select(named.c.slug, named.c.document).where(or_(*found)).order_by(named.c.slug)


def _split_branches(planned: PlannedQuery) -> list[list[Branch]]:
    """Return the disjoint parts of an answer: present and past, each recent and long events."""
    as_of, known = planned.as_of is not None, planned.known_day is not None
    splits = [predicate for predicate in planned.predicates if predicate.split]

    def view(past: bool, walked: frozenset[str] | None = None) -> TableView:
        return TableView(planned.resource_type, past=past, as_of=as_of, known=known, walked=walked)

    pasts = (False, True) if as_of else (False,)
    if not splits or not _is_by_date(planned):
        return [[(view(past), None)] for past in pasts]
    (first, *others), walked = splits[0].split, splits[0].walked
    # The past has no index for long events.
    return [
        [
            (view(past), first),
            *((view(past, None if past else walked), alternative) for alternative in others),
        ]
        for past in pasts
    ]


def _is_by_date(planned: PlannedQuery) -> bool:
    return planned.resource_type.sorts[planned.order] == ("order_key",)


def _build_branch(planned: PlannedQuery, view: TableView, alternative: Where | None) -> Select[Any]:
    """Select (document, or the key of its row; fields known by a day …; sort key …)."""
    apart = planned.resource_type.documents_of(past=view.is_past) is not None
    document = view.key if apart else _format_document(planned, view.table.c.document)
    columns = [document.label("document")]
    if view.known is not None:
        columns += [view.known.c[name].label(f"known_{name}") for name in KNOWN_FIELDS]
    found, driver = _select_matches(planned, view, alternative, select(*columns))
    keys = _get_sort_keys(planned, view, driver)
    names = _list_key_names(planned)
    return found.add_columns(*(key.label(name) for key, name in zip(keys, names, strict=True)))


def _format_document(planned: PlannedQuery, document: ColumnElement[Any]) -> ColumnElement[Any]:
    return utf8_bytes(document) if planned.as_bytes else document


def _select_matches(
    planned: PlannedQuery, view: TableView, alternative: Where | None, found: Select[Any]
) -> tuple[Select[Any], Driver | None]:
    driven = None if view.is_past or view.walked else _choose_driver(planned)
    driver = driven.drive() if driven and driven.drive else None
    conditions = []
    for predicate in planned.predicates:
        if predicate is driven and driver is not None:
            conditions += [driver.condition, driver.event_id == view.key]
        elif alternative is not None and predicate.split:
            conditions.append(alternative(view))
        else:
            conditions.append(predicate.where(view))
    if planned.after is not None:
        conditions.append(_compare_after(planned, _get_sort_keys(planned, view, driver)))
    conditions += view.list_conditions()
    conditions += build_visibility(view.table, planned.resource_type.visible_by, planned.caller)
    return found.select_from(view.table).where(*conditions), driver


def _choose_driver(planned: PlannedQuery) -> Predicate | None:
    able = [predicate for predicate in planned.predicates if predicate.drive is not None]
    if any(predicate.name == "id" for predicate in planned.predicates):
        return None
    return min(able, key=lambda predicate: predicate.rank) if able else None


def _get_sort_keys(
    planned: PlannedQuery, view: TableView, driver: Driver | None
) -> list[ColumnElement[Any]]:
    if driver is not None and _is_by_date(planned):
        return [driver.order_key]
    return [
        measure_relevance(view) if name == "relevance" else view.column(name)
        for name in planned.resource_type.sorts[planned.order]
    ]


def _list_key_names(planned: PlannedQuery) -> list[str]:
    return [f"key_{number}" for number in range(len(planned.resource_type.sorts[planned.order]))]


def _order_rows(found: SelectT, planned: PlannedQuery, limited: bool) -> SelectT:
    keys = [column for column in found.selected_columns if str(column.key).startswith("key_")]
    ordered = found.order_by(*(_apply_direction(key, planned) for key in keys))
    return ordered.limit(LIMIT) if limited else ordered


def _apply_direction(key: ColumnElement[Any], planned: PlannedQuery) -> ColumnElement[Any]:
    return key.desc() if planned.descending else key.asc()


def _compare_after(
    planned: PlannedQuery, keys: Sequence[ColumnElement[Any]]
) -> ColumnElement[bool]:
    """Compare the sort key with that of the last page, as row values."""
    ends = [
        bindparam(f"after_{number}", type_=key.type, required=True)
        for number, key in enumerate(keys)
    ]
    if len(keys) == 1:
        return keys[0] < ends[0] if planned.descending else keys[0] > ends[0]
    here, there = tuple_(*keys), tuple_(*ends)
    return here < there if planned.descending else here > there
