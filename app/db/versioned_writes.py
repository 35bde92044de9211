"""Inserts of rows and moves of replaced rows to the past, in as few statements as possible.

PostgreSQL takes all that a write inserts in one statement, with each column of a table as an array,
and all that it moves to the past in another: a round trip costs more than the rows. SQLite takes
one statement for each table. Both are compiled once and run on the driver.
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

RowValues = Mapping[str, Any]
TypedColumns = tuple[tuple[str, TypeEngine[Any]], ...]

UNTIL_COLUMN = "until_position"


@dataclass(frozen=True)
class VersionedTable:
    """A table, the table of its past rows, and the key by which rows are moved there."""

    present: Table
    past: Table
    key: tuple[str, ...]


def add_rows(connection: Connection, added: Mapping[Table, Sequence[RowValues]]) -> None:
    """Insert rows into each table; a column that a row lacks is null."""
    if connection.dialect.name == "postgresql":
        if added:
            values = {
                name: value
                for table, rows in added.items()
                for name, value in _make_arrays(table, _list_columns(table), rows).items()
            }
            fetch(connection, _make_insert_all(tuple(added)), values)
        return
    for table, rows in added.items():
        run_many(connection, _make_insert(table), rows)


def move_rows(
    connection: Connection,
    replaced: Mapping[VersionedTable, Sequence[RowValues]],
    closed: Mapping[VersionedTable, Sequence[RowValues]],
) -> None:
    """Move rows to the past.

    `replaced` are the new rows, which update the present ones, so that another writer who waits
    for the lock of a row finds the new one. `closed` are the keys of the rows that are removed,
    with their `until_position`.
    """
    if connection.dialect.name == "postgresql":
        if replaced or closed:
            values: dict[str, Any] = {}
            for twin, rows in replaced.items():
                values |= _make_arrays(twin.present, _list_columns(twin.present), rows)
            for twin, rows in closed.items():
                values |= _make_arrays(twin.past, _list_key(twin), rows)
            fetch(connection, _make_move_all(tuple(replaced), tuple(closed)), values)
        return
    for twin, rows in replaced.items():
        keys = [
            {**{name: row[name] for name in twin.key}, UNTIL_COLUMN: row["from_position"]}
            for row in rows
        ]
        run_many(connection, _make_copy(twin), keys)
        run_many(connection, _make_update(twin), rows)
    for twin, rows in closed.items():
        run_many(connection, _make_copy(twin), rows)
        run_many(connection, _make_delete(twin), rows)


@cache
def _list_columns(table: Table) -> TypedColumns:
    return tuple((column.name, column.type) for column in table.columns)


@cache
def _list_key(twin: VersionedTable) -> TypedColumns:
    key = tuple((name, twin.present.c[name].type) for name in twin.key)
    return (*key, (UNTIL_COLUMN, BigInteger()))


# One statement for each table, whose binds have the names of its columns.


@cache
def _make_insert(table: Table) -> Statement:
    return Statement(insert(table))


@cache
def _make_copy(twin: VersionedTable) -> Statement:
    until = bindparam(UNTIL_COLUMN, type_=BigInteger)
    rows = select(*twin.present.columns, until).where(*_match_key(twin))
    return Statement(_insert_into_past(twin, rows))


@cache
def _make_delete(twin: VersionedTable) -> Statement:
    return Statement(delete(twin.present).where(*_match_key(twin)))


@cache
def _make_update(twin: VersionedTable) -> Statement:
    values = {
        name: bindparam(name, type_=type)
        for name, type in _list_columns(twin.present)
        if name not in twin.key
    }
    return Statement(update(twin.present).where(*_match_key(twin)).values(values))


def _match_key(twin: VersionedTable) -> list[Any]:
    columns = [twin.present.c[name] for name in twin.key]
    return [column == bindparam(column.name, type_=column.type) for column in columns]


def _insert_into_past(twin: VersionedTable, rows: Any) -> Insert:
    return insert(twin.past).from_select([*twin.present.columns.keys(), UNTIL_COLUMN], rows)


# One statement for all tables, whose binds are arrays.


def _make_arrays(
    table: Table, columns: TypedColumns, rows: Sequence[RowValues]
) -> dict[str, list[Any]]:
    return {_name_array(table, name): [row.get(name) for row in rows] for name, _ in columns}


@cache
def _name_array(table: Table, column: str) -> str:
    return f"{table.name}__{column}"


def _make_unnested(table: Table, columns: TypedColumns) -> TableValuedAlias:
    binds = [
        BindParameter(_name_array(table, name), type_=ListType(type), required=True)
        for name, type in columns
    ]
    named = [column(name, type) for name, type in columns]
    return func.unnest(*binds).table_valued(*named).render_derived()


@cache
def _make_insert_all(tables: tuple[Table, ...]) -> Statement:
    parts: list[Insert] = []
    for table in tables:
        columns = _list_columns(table)
        given = _make_unnested(table, columns)
        parts.append(insert(table).from_select([name for name, _ in columns], select(given)))
    return _combine_parts(parts)


@cache
def _make_move_all(
    replaced: tuple[VersionedTable, ...], closed: tuple[VersionedTable, ...]
) -> Statement:
    # All parts see the rows as they were before the statement.
    parts: list[Insert | Update | Delete] = []
    for twin in replaced:
        present = twin.present
        given = _make_unnested(present, _list_columns(present))
        matches = [present.c[name] == given.c[name] for name in twin.key]
        rows = select(*present.columns, given.c.from_position).where(*matches)
        values = {name: given.c[name] for name, _ in _list_columns(present) if name not in twin.key}
        parts += [_insert_into_past(twin, rows), update(present).where(*matches).values(values)]
    for twin in closed:
        key = _make_unnested(twin.past, _list_key(twin))
        same = [twin.present.c[name] == key.c[name] for name in twin.key]
        rows = select(*twin.present.columns, key.c[UNTIL_COLUMN]).where(*same)
        parts += [_insert_into_past(twin, rows), delete(twin.present).where(*same)]
    return _combine_parts(parts)


def _combine_parts(parts: Sequence[Insert | Update | Delete]) -> Statement:
    named = [part.cte(f"part_{number}") for number, part in enumerate(parts)]
    return Statement(select(literal_column("1")).add_cte(*named))
