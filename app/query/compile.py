"""The one compiler: a question to a select, made once for each shape of question."""

from collections.abc import Callable, Hashable, Sequence
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

from app.db.sql.json_sql import bytes_of
from app.db.statements import Selecting, Statement
from app.models.datasets import datasets
from app.query.filters.text_filters import relevance
from app.query.predicates import Driver, Predicate
from app.query.record_query import Question
from app.query.table_view import View, rows_at, stood
from app.query.visibility import visible

MOST_SHAPES = 4096
HEAVIEST_SHAPE = 300
LIMIT = bindparam("limit", type_=Integer, required=True)

Where = Callable[[View], ColumnElement[bool]]
Columns = Callable[[View], Sequence[ColumnElement[Any]]]
Found = TypeVar("Found", Select[Any], CompoundSelect[*tuple[Any, ...]])
Branch = tuple[View, Where | None]
"""A part of the answer, with the alternative of a split condition that holds in it."""

# What a page under `known_by` needs beside the document, to derive its fields anew.
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


def page_statement(question: Question, *, limited: bool = True) -> Statement:
    """Rows of (document, known fields …, sort key …) in the question's order."""
    return remembered(
        ("page", limited, question.shape),
        lambda: _page(question, limited),
        lambda: _page(question, limited, merging=True),
    )


def documents_statement(question: Question) -> Statement:
    """Rows of (document), all of them, in the question's order."""
    return remembered(
        ("documents", question.shape),
        lambda: _documents(question),
        lambda: _documents(question, merging=True),
    )


def count_statement(question: Question) -> Statement:
    """One row with the number of records."""
    return remembered(("count", question.shape), lambda: _count(question))


def datasets_statement(question: Question) -> Statement:
    """Rows of (slug, document), one a dataset of which a record answers the question."""
    return remembered(("datasets", question.shape), lambda: _datasets(question))


def remembered(
    shape: Hashable, make: Callable[[], Any], merging: Callable[[], Any] | None = None
) -> Statement:
    """The statement of a shape of question, made when it is asked for the first time.

    The shape of a filter of many parts comes once: such statements would only fill the memory.
    """
    statement = _SHAPES.get(shape)
    if statement is None and _weight(shape) > HEAVIEST_SHAPE:
        return Statement(make, merging)
    if statement is None:
        if len(_SHAPES) >= MOST_SHAPES:
            _SHAPES.clear()
        statement = _SHAPES[shape] = Statement(make, merging)
    return statement


def _weight(shape: Hashable) -> int:
    """How many things a shape is made of."""
    return sum(map(_weight, shape), 1) if isinstance(shape, tuple) else 1


_SHAPES: dict[Hashable, Statement] = {}


def _page(question: Question, limited: bool, merging: bool = False) -> Selecting:
    parts = [_part(question, views, limited, merging) for views in _branches(question)]
    if len(parts) == 1:
        return parts[0]
    if merging and not limited:
        # Walked in their common order: any other way all documents would be sorted first.
        whole = union_all(*(part.order_by(None) for part in parts))
        return _ordered(whole, question, limited)
    return _ordered(_union(parts), question, limited)


def _documents(question: Question, merging: bool = False) -> Select[Any]:
    page = _page(question, limited=False, merging=merging)
    if isinstance(page, Select):
        return page.with_only_columns(page.selected_columns[0], maintain_column_froms=True)
    return select(page.subquery().c.document)


def _part(question: Question, views: Sequence[Branch], limited: bool, merging: bool) -> Selecting:
    """The present or the past: the page's keys by the index first, then their documents."""
    keys = _keys(question, views, limited, merging)
    is_past = views[0][0].is_past
    documents = question.noun.documents_of(past=is_past)
    if documents is None:
        return keys
    picked = keys.subquery()
    _, *others = picked.c
    these = [documents.c[question.noun.key] == picked.c.document]
    these += [stood(documents)] if is_past else []
    document = _document(question, documents.c.document)
    whole = select(document.label("document"), *others).where(*these)
    return _ordered(whole, question, limited=False)


def _keys(question: Question, views: Sequence[Branch], limited: bool, merging: bool) -> Selecting:
    found = [_branch(question, view, alternative) for view, alternative in views]
    if merging and len(found) > 1:
        return _ordered(union_all(*found), question, limited)
    each = [_ordered(part, question, limited) for part in found]
    return each[0] if len(each) == 1 else _ordered(_union(each), question, limited)


def _union(parts: Sequence[Selecting]) -> Select[Any]:
    whole = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(*whole.c)


def matching(question: Question, columns: Columns) -> list[Select[Any]]:
    """Selects that together have each record of the answer once, with these columns of it."""
    return [
        _matching(question, view, alternative, select(*columns(view)))[0]
        for views in _branches(question)
        for view, alternative in views
    ]


def _count(question: Question) -> Select[Any]:
    bare = matching(question, lambda view: [view.key.label("key")])
    whole = bare[0].subquery() if len(bare) == 1 else union_all(*bare).subquery()
    return select(func.count().label("value")).select_from(whole)


def _datasets(question: Question) -> Select[Any]:
    named = rows_at(datasets, ("slug", "document"), as_of=question.as_of is not None)
    found = [
        _matching(question, view, alternative, select(literal_column("1")))[0]
        .where(view.table.c.dataset == named.c.slug)
        .correlate(named)
        .exists()
        for views in _branches(question)
        for view, alternative in views
    ]
    return select(named.c.slug, named.c.document).where(or_(*found)).order_by(named.c.slug)


def _branches(question: Question) -> list[list[Branch]]:
    """The disjoint parts of the answer: the present and the past, each recent and long."""
    as_of, known = question.as_of is not None, question.known_day is not None
    splits = [each for each in question.predicates if each.split]

    def view(past: bool, walked: frozenset[str] | None = None) -> View:
        return View(question.noun, past=past, as_of=as_of, known=known, walked=walked)

    pasts = (False, True) if as_of else (False,)
    if not splits or not _by_date(question):
        return [[(view(past), None)] for past in pasts]
    (first, *others), walked = splits[0].split, splits[0].walked
    # The past has no index of its own for the long ones.
    return [
        [(view(past), first), *((view(past, None if past else walked), each) for each in others)]
        for past in pasts
    ]


def _by_date(question: Question) -> bool:
    return question.noun.sorts[question.order] == ("order_key",)


def _branch(question: Question, view: View, alternative: Where | None) -> Select[Any]:
    """Rows of (document, or the key that it is found by; known fields …; sort key …)."""
    apart = question.noun.documents_of(past=view.is_past) is not None
    document = view.key if apart else _document(question, view.table.c.document)
    columns = [document.label("document")]
    if view.known is not None:
        columns += [view.known.c[name].label(f"known_{name}") for name in KNOWN_FIELDS]
    found, driver = _matching(question, view, alternative, select(*columns))
    keys = _sort_keys(question, view, driver)
    names = _key_names(question)
    return found.add_columns(*(key.label(name) for key, name in zip(keys, names, strict=True)))


def _document(question: Question, document: ColumnElement[Any]) -> ColumnElement[Any]:
    return bytes_of(document) if question.as_bytes else document


def _matching(
    question: Question, view: View, alternative: Where | None, found: Select[Any]
) -> tuple[Select[Any], Driver | None]:
    driven = None if view.is_past or view.walked else _driving(question)
    driver = driven.drive() if driven and driven.drive else None
    conditions = []
    for each in question.predicates:
        if each is driven and driver is not None:
            conditions += [driver.condition, driver.event_id == view.key]
        elif alternative is not None and each.split:
            conditions.append(alternative(view))
        else:
            conditions.append(each.where(view))
    if question.after is not None:
        conditions.append(_beyond(question, _sort_keys(question, view, driver)))
    conditions += view.conditions()
    conditions += visible(view.table, question.noun.visible_by, question.caller)
    return found.select_from(view.table).where(*conditions), driver


def _driving(question: Question) -> Predicate | None:
    able = [each for each in question.predicates if each.drive is not None]
    if any(each.name == "id" for each in question.predicates):
        return None
    return min(able, key=lambda each: each.rank) if able else None


def _sort_keys(question: Question, view: View, driver: Driver | None) -> list[ColumnElement[Any]]:
    if driver is not None and _by_date(question):
        return [driver.order_key]
    return [
        relevance(view) if name == "relevance" else view.column(name)
        for name in question.noun.sorts[question.order]
    ]


def _key_names(question: Question) -> list[str]:
    return [f"key_{number}" for number in range(len(question.noun.sorts[question.order]))]


def _ordered(found: Found, question: Question, limited: bool) -> Found:
    keys = [column for column in found.selected_columns if str(column.key).startswith("key_")]
    ordered = found.order_by(*(_directed(key, question) for key in keys))
    return ordered.limit(LIMIT) if limited else ordered


def _directed(key: ColumnElement[Any], question: Question) -> ColumnElement[Any]:
    return key.desc() if question.descending else key.asc()


def _beyond(question: Question, keys: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
    """Row-value comparison with where the last page ended."""
    ends = [
        bindparam(f"after_{number}", type_=key.type, required=True)
        for number, key in enumerate(keys)
    ]
    if len(keys) == 1:
        return keys[0] < ends[0] if question.descending else keys[0] > ends[0]
    here, there = tuple_(*keys), tuple_(*ends)
    return here < there if question.descending else here > there
