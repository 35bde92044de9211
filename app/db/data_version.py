"""One text that names all that can be read: while it stays the same, so do all answers."""

from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class data_version(GenericFunction[str]):  # noqa: N801
    """Which transactions a read would see; it tells of all, so nobody outside may see it.

    PostgreSQL: the snapshot. It changes with every transaction of the server that writes, when
    it begins to and when it ends, in whatever order they commit. SQLite: the count of writes.
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
