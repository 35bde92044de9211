"""Positions in the change feed, and the version of all data, as SQL of both databases."""

from typing import Any

from sqlalchemy import BigInteger, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from app.db.feed_positions import EPOCH_SHIFT, TRANSACTION_SHIFT


class first_unsettled_position(GenericFunction[int]):  # noqa: N801
    """The first position that an open transaction may still write: all below it are settled.

    PostgreSQL: every transaction below the snapshot's xmin has ended (docs/design.md).
    SQLite has one writer, so all committed changes are settled.
    """

    type = BigInteger()
    inherit_cache = True


class first_unstarted_position(GenericFunction[int]):  # noqa: N801
    """The first position that no transaction has been given yet: open ones lie below it."""

    type = BigInteger()
    inherit_cache = True


_POSTGRESQL_BOUND = (
    f"(SELECT epoch << {EPOCH_SHIFT} FROM feed)"
    " + (CAST(CAST({}(pg_current_snapshot()) AS TEXT) AS BIGINT)"
    f" << {TRANSACTION_SHIFT})"
)
_SQLITE_BOUND = (
    f"(SELECT (epoch << {EPOCH_SHIFT})"
    f" + ((transaction_number + 1) << {TRANSACTION_SHIFT}) FROM feed)"
)


@compiles(first_unsettled_position, "postgresql")
def _render_settled_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    del element, compiler, options
    return _POSTGRESQL_BOUND.format("pg_snapshot_xmin")


@compiles(first_unstarted_position, "postgresql")
def _render_started_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    del element, compiler, options
    return _POSTGRESQL_BOUND.format("pg_snapshot_xmax")


@compiles(first_unsettled_position, "sqlite")
@compiles(first_unstarted_position, "sqlite")
def _render_bound_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    del element, compiler, options
    return _SQLITE_BOUND


class data_version(GenericFunction[str]):  # noqa: N801
    """A text that names the transactions a read would see; callers must never see it.

    While it stays the same, so do all answers. PostgreSQL: the snapshot, which changes when any
    transaction of the server begins to write and when it ends, in whatever order they commit.
    SQLite: the count of writes.
    """

    type = Text()
    inherit_cache = True


@compiles(data_version, "postgresql")
def _render_version_postgresql(element: data_version, compiler: Any, **options: Any) -> str:
    del element, compiler, options
    return "(SELECT CAST(epoch AS TEXT) || ' ' || CAST(pg_current_snapshot() AS TEXT) FROM feed)"


@compiles(data_version, "sqlite")
def _render_version_sqlite(element: data_version, compiler: Any, **options: Any) -> str:
    del element, compiler, options
    return "(SELECT epoch || ' ' || transaction_number FROM feed)"
