"""`annals backup` and `annals restore`: one file for everything."""

import gzip
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.progress_bar import ProgressBar
from app.cli.session import DatabaseUrl, read_settings

if TYPE_CHECKING:
    from app.maintenance.backup_format import TableChecksum

COMPRESSION_LEVEL = 1


def backup(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="The file to write.")],
    database_url: DatabaseUrl = None,
) -> None:
    """Write all records, their past and the keys to one file, as of one time.

    Others may write meanwhile. Both databases can be restored from it. The file appears under
    its name once it is complete; it contains private datasets, and the hashes of keys.
    """
    from sqlalchemy import Connection

    from app.db.migrations import check_schema, find_newest_revision
    from app.db.snapshot import run_on_snapshot
    from app.maintenance.backup import write_backup

    url = read_settings(database_url=database_url).database_url
    check_schema(url)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")

    def work(connection: Connection) -> "dict[str, TableChecksum]":
        with (
            ProgressBar("backing up", 0) as bar,
            gzip.open(part, "wb", COMPRESSION_LEVEL) as opened,
        ):
            return write_backup(connection, str(find_newest_revision()), opened, bar.update)

    try:
        part.touch(mode=0o600)
        sums = run_on_snapshot(url, work)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    print(f"{file}: {_describe_sums(sums)}")


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The backup.")],
    epoch: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="The epoch of the feed, if another restore of this backup was served already.",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Restore a backup into an empty database, completely or not at all.

    The schema is created; the database must hold no records. Positions continue above all that were
    given out before the backup, so that followers of the feed miss nothing.
    """
    from sqlalchemy import Connection

    from app.db.migrations import find_newest_revision, run_on_schema, upgrade
    from app.errors import Invalid
    from app.maintenance.restore import read_head, restore_records

    url = read_settings(database_url=database_url).database_url

    def work(connection: Connection) -> "dict[str, TableChecksum]":
        with ProgressBar("restoring", 0) as bar, gzip.open(file, "rb") as opened:
            head = read_head(opened)
            if head.get("schema") != find_newest_revision():
                raise Invalid(
                    f"the backup is of schema {head.get('schema')}, this program's is"
                    f" {find_newest_revision()}: restore with the program that"
                    " wrote it, then migrate"
                )
            upgrade(connection)
            return restore_records(connection, opened, head, epoch, bar.update)

    print(f"{file}: {_describe_sums(run_on_schema(url, work))} restored")


def _describe_sums(sums: "dict[str, TableChecksum]") -> str:
    events = sums["event_documents"].rows
    rows = sum(table.rows for table in sums.values())
    return f"{events} event{'' if events == 1 else 's'}, {rows} rows"
