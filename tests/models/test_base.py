"""The rules that keep the door to a distributed PostgreSQL open (docs/design.md)."""

import pytest
from sqlalchemy import Table, UniqueConstraint

from app.models.schema import metadata

TABLES = list(metadata.tables.values())
PLACEMENTS = {"hash", "reference", "local"}


def placement(table: Table) -> tuple[str, str]:
    """Return the kind of a table's placement, and the column that it is split by, if any."""
    kind, _, column = str(table.info["placement"]).partition(":")
    return kind, column


def split(table: Table) -> bool:
    """Return whether the table is split among nodes."""
    return placement(table)[0] == "hash"


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_table_says_where_it_stands(table: Table) -> None:
    kind, column = placement(table)
    assert kind in PLACEMENTS
    assert (column in table.c) == (kind == "hash")


@pytest.mark.parametrize("table", [table for table in TABLES if split(table)], ids=str)
def test_every_key_of_a_split_table_contains_its_column(table: Table) -> None:
    column = placement(table)[1]
    keys = [list(table.primary_key.columns)]
    keys += [list(each.columns) for each in table.constraints if isinstance(each, UniqueConstraint)]
    keys += [list(index.columns) for index in table.indexes if index.unique]
    assert keys[0], "every table has a primary key"
    for key in keys:
        assert column in {each.name for each in key}


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_foreign_keys_lead_along_the_split_or_to_reference_tables(table: Table) -> None:
    for key in table.foreign_keys:
        kind, column = placement(key.column.table)
        if kind == "hash":
            assert (key.parent.name, key.column.name) == (placement(table)[1], column)
        else:
            assert kind == "reference" or placement(table)[0] == "local"


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_the_application_makes_every_value(table: Table) -> None:
    for column in table.columns:
        assert column.server_default is None, column
        assert column.default is None, column
        assert column.identity is None, column
        assert column.autoincrement is not True, column


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_numbers_that_are_keys_do_not_count_by_themselves(table: Table) -> None:
    # PostgreSQL would make a sequence for a lone integer key.
    keys = list(table.primary_key.columns)
    if len(keys) == 1 and keys[0].type.python_type is int:
        assert keys[0].autoincrement is False


def test_every_past_has_the_columns_of_its_present() -> None:
    pasts = [table for table in TABLES if table.name.startswith("past_")]
    assert len(pasts) == 16
    for past in pasts:
        present = metadata.tables[past.name.removeprefix("past_")]
        assert {*past.c.keys()} == {*present.c.keys(), "until_position"}
        assert placement(past) == placement(present)
        assert not past.foreign_keys, "what the past names may be gone"
