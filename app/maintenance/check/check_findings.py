"""Findings of a check, and helpers that load and compare rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, select

from app.db.sql.array_sql import any_of

MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One record that disagrees with its sources, or with its rows."""

    noun: str
    id: str
    what: str

    def __str__(self) -> str:
        """Return one line for the operator."""
        return f"{self.noun} {self.id}: {self.what}"


def load_rows(
    connection: Connection, table: Table, key: str, values: Sequence[Any]
) -> dict[Any, list[Row[Any]]]:
    """Load the rows with these values of a column, by value and without searchable words."""
    found: dict[Any, list[Row[Any]]] = {}
    for row in connection.execute(_select_by_values(table, key), {"values": list(values)}):
        found.setdefault(getattr(row, key), []).append(row)
    return found


@cache
def _select_by_values(table: Table, key: str) -> Select[Any]:
    columns = [column for column in table.columns if column.name != "words"]
    return select(*columns).where(any_of(table.c[key], "values"))


def list_differing_columns(expected: Mapping[str, Any], row: Row[Any]) -> list[str]:
    """Return the columns whose value is not the expected one."""
    stored = row._mapping
    return [name for name, value in expected.items() if stored[name] != value]


def join_names(names: Iterable[str]) -> str:
    """Return some names for a sentence, and the number of further ones."""
    listed = list(names)
    more = len(listed) - MOST_NAMES
    return ", ".join(listed[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
