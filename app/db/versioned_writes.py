"""Rows into tables and out of them, in as few statements as the database has for it.

PostgreSQL takes all that a write adds in one statement, with each column of a table as one array,
and all that it moves to the past in another: a round trip costs more than the rows. SQLite takes a
statement for each table. Both are compiled once and run on the driver.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Connection,
    Table,
    bindparam,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeEngine

from app.db.sql.array_sql import ListType
from app.db.statements import Statement, fetch, run_many

Row = Mapping[str, Any]
Given = tuple[tuple[str, TypeEngine[Any]], ...]

UNTIL = "until_position"


@dataclass(frozen=True)
class Twin:
    """A table, the one that keeps its past, and the columns by which rows are moved there."""

    present: Table
    past: Table
    key: tuple[str, ...]


def add_rows(connection: Connection, added: Mapping[Table, Sequence[Row]]) -> None:
    """Add rows to each table; a column that a row does not name is null."""
    if connection.dialect.name == "postgresql":
        if added:
            values = {
                name: value
                for table, rows in added.items()
                for name, value in _arrays(table, _columns_of(table), rows).items()
            }
            fetch(connection, _add_all(tuple(added)), values)
        return
    for table, rows in added.items():
        run_many(connection, _add(table), rows)


def move_rows(
    connection: Connection,
    replaced: Mapping[Twin, Sequence[Row]],
    closed: Mapping[Twin, Sequence[Row]],
) -> None:
    """Move rows to the past.

    Those `replaced` are the new rows, which are put in their place, so that another writer who
    waits for the lock of one finds the new row. Those `closed` are the keys of the rows that go,
    with their `until_position`.
    """
    if connection.dialect.name == "postgresql":
        if replaced or closed:
            values: dict[str, Any] = {}
            for twin, rows in replaced.items():
                values |= _arrays(twin.present, _columns_of(twin.present), rows)
            for twin, rows in closed.items():
                values |= _arrays(twin.past, _key_of(twin), rows)
            fetch(connection, _move_all(tuple(replaced), tuple(closed)), values)
        return
    for twin, rows in replaced.items():
        keys = [
            {**{name: row[name] for name in twin.key}, UNTIL: row["from_position"]} for row in rows
        ]
        run_many(connection, _copy(twin), keys)
        run_many(connection, _change(twin), rows)
    for twin, rows in closed.items():
        run_many(connection, _copy(twin), rows)
        run_many(connection, _remove(twin), rows)


@cache
def _columns_of(table: Table) -> Given:
    return tuple((each.name, each.type) for each in table.columns)


@cache
def _key_of(twin: Twin) -> Given:
    key = tuple((name, twin.present.c[name].type) for name in twin.key)
    return (*key, (UNTIL, BigInteger()))


# One statement for each table, whose binds are called as the columns.


@cache
def _add(table: Table) -> Statement:
    return Statement(insert(table))


@cache
def _copy(twin: Twin) -> Statement:
    until = bindparam(UNTIL, type_=BigInteger)
    rows = select(*twin.present.columns, until).where(*_bound_key(twin))
    return Statement(_into_past(twin, rows))


@cache
def _remove(twin: Twin) -> Statement:
    return Statement(delete(twin.present).where(*_bound_key(twin)))


@cache
def _change(twin: Twin) -> Statement:
    values = {
        name: bindparam(name, type_=type)
        for name, type in _columns_of(twin.present)
        if name not in twin.key
    }
    return Statement(update(twin.present).where(*_bound_key(twin)).values(values))


def _bound_key(twin: Twin) -> list[Any]:
    columns = [twin.present.c[name] for name in twin.key]
    return [each == bindparam(each.name, type_=each.type) for each in columns]


def _into_past(twin: Twin, rows: Any) -> Insert:
    return insert(twin.past).from_select([*twin.present.columns.keys(), UNTIL], rows)


# One statement for all tables, whose binds are arrays.


def _arrays(table: Table, columns: Given, rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {_array(table, name): [row.get(name) for row in rows] for name, _ in columns}


@cache
def _array(table: Table, column: str) -> str:
    return f"{table.name}__{column}"


def _given(table: Table, columns: Given) -> TableValuedAlias:
    binds = [
        BindParameter(_array(table, name), type_=ListType(type), required=True)
        for name, type in columns
    ]
    named = [column(name, type) for name, type in columns]
    return func.unnest(*binds).table_valued(*named).render_derived()


@cache
def _add_all(tables: tuple[Table, ...]) -> Statement:
    parts: list[Insert] = []
    for table in tables:
        columns = _columns_of(table)
        given = _given(table, columns)
        parts.append(insert(table).from_select([name for name, _ in columns], select(given)))
    return _together(parts)


@cache
def _move_all(replaced: tuple[Twin, ...], closed: tuple[Twin, ...]) -> Statement:
    # All parts see the rows as they were before the statement.
    parts: list[Insert | Update | Delete] = []
    for twin in replaced:
        present = twin.present
        given = _given(present, _columns_of(present))
        matches = [present.c[name] == given.c[name] for name in twin.key]
        rows = select(*present.columns, given.c.from_position).where(*matches)
        values = {name: given.c[name] for name, _ in _columns_of(present) if name not in twin.key}
        parts += [_into_past(twin, rows), update(present).where(*matches).values(values)]
    for twin in closed:
        key = _given(twin.past, _key_of(twin))
        same = [twin.present.c[name] == key.c[name] for name in twin.key]
        rows = select(*twin.present.columns, key.c[UNTIL]).where(*same)
        parts += [_into_past(twin, rows), delete(twin.present).where(*same)]
    return _together(parts)


def _together(parts: Sequence[Insert | Update | Delete]) -> Statement:
    named = [part.cte(f"part_{number}") for number, part in enumerate(parts)]
    return Statement(select(literal_column("1")).add_cte(*named))
