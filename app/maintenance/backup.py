"""Writing all records, their past and the keys to one file, as of one moment."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from app.maintenance.backup_format import (
    FORMAT,
    VERSION,
    File,
    Sum,
    kept_columns,
    tables_in_order,
    write_line,
)
from app.models.changes import feed

BATCH = 1000

Tell = Callable[[int, int], None]


def back_up(connection: Connection, schema: str, file: File, tell: Tell) -> dict[str, Sum]:
    """Write everything and return what each table holds; `tell` hears rows done, and of how many.

    The connection must show one moment (`app/db/snapshot.py`).
    """
    tables = tables_in_order()
    total = sum(connection.scalar(select(func.count()).select_from(each)) or 0 for each in tables)
    epoch = connection.scalar(select(feed.c.epoch))
    head = {"format": FORMAT, "version": VERSION, "schema": schema, "epoch": epoch, "rows": total}
    file.write(write_line(head))
    sums: dict[str, Sum] = {}
    done = 0
    for table in tables:
        file.write(write_line({"table": table.name, "columns": _names(table)}))
        held = sums[str(table.name)] = Sum()
        for rows in _batches(connection, table):
            for row in rows:
                line = write_line(list(row))
                held.add(line)
                file.write(line)
            done += len(rows)
            tell(done, total)
    file.write(write_line({"end": {name: held.shown() for name, held in sums.items()}}))
    return sums


def _names(table: Table) -> list[str]:
    return [column.name for column in kept_columns(table)]


def _batches(connection: Connection, table: Table) -> Iterator[Any]:
    rows: Select[Any] = select(*kept_columns(table))
    with connection.execute(rows, execution_options={"yield_per": BATCH}) as result:
        yield from result.partitions()
