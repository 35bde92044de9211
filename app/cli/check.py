"""`annals check`: find what disagrees in the records."""

import typer

from app.cli.progress import ProgressBar
from app.cli.session import DatabaseUrl, read_settings


def check(database_url: DatabaseUrl = None) -> None:
    """Look for documents, past states and index rows that disagree with what they rest on.

    Derives every event anew and changes nothing; writers may go on meanwhile. Each finding is a
    line. Ends with 1 if there is one.
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
