"""Suggestions for names that no record has, as the end of an error's sentence."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Text, bindparam, select, union_all

from app.db.database import Reads
from app.db.ddl import sort_by_bytes
from app.db.statements import Row
from app.query.names.find_records import list_visible_tables
from app.query.names.name_candidates import MAX_NEIGHBORS, NEIGHBORS, bind_search
from app.query.table_view import unite_all
from app.query.visibility import VisibleStatement
from app.values.caller import Caller
from app.values.suggestions import did_you_mean
from app.vocab.countries import get_countries
from app.vocab.organizations import get_organizations


async def suggest_names(
    reads: Reads, caller: Caller, kind: str, name: str, at: int | None = None
) -> str:
    """Return the nearest slugs that the caller sees, now or at a position: "; did you mean …?"."""
    statement = _select_similar(kind, at is not None)
    rows = await statement.fetch(reads, caller, {**bind_search(name), "at_position": at})
    return _format_suggestion(kind, name, rows)


def suggest_names_in(connection: Connection, caller: Caller, kind: str, name: str) -> str:
    """Return the same suggestion, read in a transaction."""
    rows = _select_similar(kind, False).fetch_within(connection, caller, bind_search(name))
    return _format_suggestion(kind, name, rows)


def _format_suggestion(kind: str, name: str, rows: Sequence[Row]) -> str:
    known: Iterable[str] = [slug for (slug,) in rows]
    if kind == "actor":
        known = [*known, *get_countries(), *get_organizations()]
    return did_you_mean(name, known)


@cache
def _select_similar(kind: str, as_of: bool) -> VisibleStatement:
    """Select the slugs similar to a text; of the past, which has no keys, its neighbors."""
    if not as_of:
        return NEIGHBORS[kind]
    return VisibleStatement(
        lambda caller: union_all(
            *(_select_adjacent(kind, caller, before) for before in (True, False))
        )
    )


def _select_adjacent(kind: str, caller: Caller, before: bool) -> Select[Any]:
    """Select the slugs next to a text in the alphabet, on one side of it."""
    text = bindparam("text", type_=sort_by_bytes(Text()), required=True)

    def limit_nearest(found: Select[Any]) -> Select[Any]:
        slug = found.selected_columns[0]
        order = slug.desc() if before else slug.asc()
        return select(found.order_by(order).limit(MAX_NEIGHBORS).subquery().c.slug)

    neighbors = (
        limit_nearest(
            select(table.c.slug).where(
                table.c.slug < text if before else table.c.slug > text, *conditions
            )
        )
        for table, conditions in list_visible_tables(kind, caller, True)
    )
    return limit_nearest(select(unite_all(neighbors).subquery().c.slug))
