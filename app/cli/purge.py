"""`annals purge`: removal of a record and its past for good."""

from typing import Annotated
from uuid import UUID

import typer

from app.cli.session import DatabaseUrl, read_settings, run_with_records


def purge(
    record: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="The id of an event, a claim or a relation; or `actor:SLUG` or `source:SLUG` of"
            " one that was deleted or merged away.",
        ),
    ],
    source_row: Annotated[
        bool, typer.Option("--source-row", help="Only the provider's row of the event.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Remove a record and its past for good, as after a legal takedown; this cannot be undone.

    An event is removed with its claims, its relations and its source row. The change feed only
    says that it was purged, and no import creates it again.
    """
    from app.db.vacuum import erase_deleted
    from app.resources.events.cached_exports import remove_cached_exports

    settings = read_settings(database_url=database_url)
    told = _purge(settings.database_url, record, source_row, yes)
    erase_deleted(settings.database_url)
    remove_cached_exports(settings.spool_dir)
    print(f"purged {told}")
    print("backups, exports and other copies made before still hold it")


def _purge(url: str, record: str, source_row: bool, yes: bool) -> str:
    from app.db.database import Database
    from app.maintenance.purge import (
        describe_target,
        find_purge_target,
        purge_record,
        purge_source_row,
    )
    from app.maintenance.purge_reference_records import (
        PAST_COLUMNS,
        find_purgeable,
        purge_reference_record,
    )

    noun, _, slug = record.partition(":")
    if slug and noun in PAST_COLUMNS and not source_row:

        async def work_on_slug(database: Database) -> str:
            gone = await database.read(lambda connection: find_purgeable(connection, noun, slug))
            told = f"{noun} {slug}, {gone.revision} revisions"
            _confirm(told, yes)
            await database.write(lambda write: purge_reference_record(write, noun, slug))
            return told

        return run_with_records(read_settings(database_url=url), work_on_slug)
    id = _parse_id(record)

    async def work(database: Database) -> str:
        if source_row:
            told = f"the source row of {id}"
            _confirm(told, yes)
            await database.write(lambda write: purge_source_row(write, id))
            return told
        target = await database.read(lambda connection: find_purge_target(connection, id))
        told = await database.read(lambda connection: describe_target(connection, target))
        _confirm(told, yes)
        await database.write(lambda write: purge_record(write, target))
        return told

    return run_with_records(read_settings(database_url=url), work)


def _parse_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        wanted = "an id, actor:SLUG or source:SLUG"
        raise typer.BadParameter(f"{text!r} is not {wanted}", param_hint="'ID'") from None


def _confirm(what: str, yes: bool) -> None:
    if not yes:
        typer.confirm(f"Remove {what}, for good?", abort=True)
