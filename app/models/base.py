"""Conventions of all tables: names, placement, and the tables of past rows."""

from sqlalchemy import BigInteger, Column, Index, MetaData, Table

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Where a distributed PostgreSQL puts a table (docs/design.md): `hash:<column>` tables are
# split by that column, `reference` tables are on every node, `local` ones on the coordinator.
REFERENCE_PLACEMENT = {"placement": "reference"}
LOCAL_PLACEMENT = {"placement": "local"}


def place_by_hash(column: str) -> dict[str, str]:
    """Return the placement of a table that is split by `column`."""
    return {"placement": f"hash:{column}"}


def make_past_table(
    table: Table, *indexes: tuple[str, ...], key: tuple[str, ...] | None = None
) -> Table:
    """Return a table for the rows of `table` that have been replaced.

    A row was valid from its `from_position` up to, not including, its `until_position`. Rows are
    replaced together where they have the same `key`, which is the primary key unless given.
    """
    primary_key = tuple(column.name for column in table.primary_key)
    columns = [
        Column(column.name, column.type, primary_key=column.primary_key, nullable=column.nullable)
        for column in table.columns
        if column.name != "from_position"
    ]
    past = Table(
        f"past_{table.name}",
        metadata,
        *columns,
        Column("from_position", BigInteger, primary_key=True),
        Column("until_position", BigInteger, nullable=False),
        info={
            "placement": table.info["placement"],
            "past_of": table,
            "replaced_by": key or primary_key,
        },
    )
    for names in indexes:
        Index(None, *(past.c[name] for name in names))
    return past
