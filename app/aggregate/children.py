"""The rows of an event that hold several values: who takes part, tags, codes, sources."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Table, select, true, union, union_all

from app.models.claims import claims
from app.models.events import event_terms, participants
from app.query.question import Question
from app.query.view import (
    AT_POSITION,
    PAST_OF,
    Condition,
    made_by_known_day,
    merged_at,
    stood,
)

Rows = Callable[[Question, Select[Any]], FromClause]
"""Rows of (event_id, value) at the question's moment; the select gives the events' keys."""


@dataclass(frozen=True)
class Children:
    """Where the values are."""

    rows: Rows


def rows_of(
    table: Table, columns: Callable[[FromClause], list[ColumnElement[Any]]], holds: Condition
) -> Callable[[Question, Select[Any]], list[Select[Any]]]:
    """Selects of (event_id, columns …) over the present rows, or those that stood at a position."""

    def of(question: Question, keys: Select[Any]) -> list[Select[Any]]:
        here = select(table.c.event_id, *columns(table)).where(holds(table))
        if question.as_of is None:
            return [here]
        past = PAST_OF[table]
        there = select(past.c.event_id, *columns(past)).where(holds(past), stood(past))
        parts = ((here.where(table.c.from_position <= AT_POSITION), table), (there, past))
        return [part.where(each.c.event_id.in_(keys)) for part, each in parts]

    return of


def _actors(question: Question, keys: Select[Any]) -> FromClause:
    parts = rows_of(participants, lambda table: [table.c.actor.label("value")], every_row)
    return union_all(*parts(question, keys)).subquery()


def _terms(kind: str) -> Rows:
    def rows(question: Question, keys: Select[Any]) -> FromClause:
        parts = rows_of(
            event_terms,
            lambda table: [table.c.term.label("value")],
            lambda table: table.c.kind == kind,
        )
        return union_all(*parts(question, keys)).subquery()

    return rows


def _sources(question: Question, keys: Select[Any]) -> FromClause:
    """Under `known_by` those of the claims made by then, as the filter has it."""
    if question.known_day is None:
        return _terms("source")(question, keys)
    parts = [part for name in ("source", "origin") for part in _told(question, keys, name)]
    return union(*parts).subquery()


def _told(question: Question, keys: Select[Any], name: str) -> list[Select[Any]]:
    """What claims of the events say, and claims of the events that were merged into them."""
    told = rows_of(claims, _column(name), _made_with(name))
    merged = merged_at(as_of=question.as_of is not None)
    of_merged = [part.subquery() for part in told(question, select(merged.c.event_id))]
    others = [
        select(merged.c.winner_id, part.c.value).where(merged.c.event_id == part.c.event_id)
        for part in of_merged
    ]
    return [*told(question, keys), *others]


def _column(name: str) -> Callable[[FromClause], list[ColumnElement[Any]]]:
    return lambda table: [table.c[name].label("value")]


def _made_with(name: str) -> Condition:
    return lambda table: made_by_known_day(table) & table.c[name].is_not(None)


def every_row(table: FromClause) -> ColumnElement[bool]:
    """The condition that holds for each row."""
    del table
    return true()


ACTORS = Children(_actors)
TAGS = Children(_terms("tag"))
CODES = Children(_terms("code"))
SOURCES = Children(_sources)
