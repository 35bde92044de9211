"""`annals check`: inconsistencies in the records."""

import typer

from app.cli.progress_bar import ProgressBar
from app.cli.session import DatabaseUrl, read_settings


def check(database_url: DatabaseUrl = None) -> None:
    """Check documents, past states and index rows against the records that they derive from.

    Derives every event again and changes nothing; writers may go on meanwhile. Each finding is a
    line. The exit code is 1 if there are findings.
    """
    from sqlalchemy import Connection

    from app.db.migrations import check_schema
    from app.db.snapshot import find_storage_faults, run_on_snapshot
    from app.maintenance.check.run_check import check_records

    url = read_settings(database_url=database_url).database_url
    check_schema(url)
    faults = find_storage_faults(url)
    for fault in faults:
        print(f"storage: {fault}")

    def work(connection: Connection) -> int:
        found = 0
        with ProgressBar("checking", 0) as bar:
            for finding in check_records(connection, bar.update):
                print(finding)
                found += 1
        return found

    found = len(faults) + run_on_snapshot(url, work)
    if found:
        print(f"{found} finding{'' if found == 1 else 's'}")
        raise typer.Exit(1)
    print("everything agrees")
