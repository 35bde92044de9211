"""Backups: all records, their past, and the API keys in one file, as of one moment."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from app.maintenance.backup_format import (
    BACKUP_FORMAT,
    BACKUP_VERSION,
    BackupFile,
    TableChecksum,
    list_backup_columns,
    list_tables_in_order,
    write_line,
)
from app.models.changes import feed

ROWS_PER_BATCH = 1000

ReportProgress = Callable[[int, int], None]


def write_backup(
    connection: Connection, schema: str, file: BackupFile, tell: ReportProgress
) -> dict[str, TableChecksum]:
    """Write all tables and return the checksum of each; report the rows done and their total.

    The connection must show one snapshot (`app/db/snapshot.py`).
    """
    tables = list_tables_in_order()
    total = sum(connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
    epoch = connection.scalar(select(feed.c.epoch))
    head = {
        "format": BACKUP_FORMAT,
        "version": BACKUP_VERSION,
        "schema": schema,
        "epoch": epoch,
        "rows": total,
    }
    file.write(write_line(head))
    sums: dict[str, TableChecksum] = {}
    done = 0
    for table in tables:
        file.write(write_line({"table": table.name, "columns": _list_column_names(table)}))
        checksum = sums[str(table.name)] = TableChecksum()
        for rows in _fetch_batches(connection, table):
            for row in rows:
                line = write_line(list(row))
                checksum.add(line)
                file.write(line)
            done += len(rows)
            tell(done, total)
    file.write(write_line({"end": {name: checksum.to_dict() for name, checksum in sums.items()}}))
    return sums


def _list_column_names(table: Table) -> list[str]:
    return [column.name for column in list_backup_columns(table)]


def _fetch_batches(connection: Connection, table: Table) -> Iterator[Any]:
    rows: Select[Any] = select(*list_backup_columns(table))
    with connection.execute(rows, execution_options={"yield_per": ROWS_PER_BATCH}) as result:
        yield from result.partitions()
