"""`annals import`: read a file of any known format into the records."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.progress import Bar
from app.cli.records import DatabaseUrl, read_settings, with_records

if TYPE_CHECKING:
    from app.ingest.report import Finding, Report
    from app.ingest.run import ImportOrder

SHOWN_FINDINGS = 20


def import_file(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The file: plain, gzip or zip.")
    ],
    format: Annotated[str, typer.Option(help="Its format; auto finds out.")] = "auto",
    dataset: Annotated[
        str | None,
        typer.Option(
            help="The dataset to import into, if not the format's own.", show_default=False
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be, change nothing.")
    ] = False,
    mirror: Annotated[
        bool, typer.Option("--mirror", help="Remove records whose row the file no longer has.")
    ] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Import a file, and say what became of its rows; the same file again changes nothing.

    Ends with 1 if rows were rejected.
    """
    from app.ingest.run import ImportOrder

    order = ImportOrder(format, dataset, dry_run, mirror)
    report = _import(file, order, database_url)
    _tell(report)
    if report.rows.rejected:
        raise typer.Exit(1)


def _import(file: Path, order: "ImportOrder", database_url: str | None) -> "Report":
    from app.db.database import Database
    from app.ingest.report import Report
    from app.ingest.run import Step, Watch, run_import

    size = file.stat().st_size

    async def work(database: Database) -> Report:
        with Bar("importing", size) as bar:

            async def tell(step: Step) -> None:
                bar.reach(step.bytes_read, step.bytes_total, step.rows.read, "rows")

            return await run_import(database, file, order, Watch(tell))

    return with_records(read_settings(database_url=database_url), work)


def _tell(report: "Report") -> None:
    dry = ", dry run" if report.dry_run else ""
    print(f"{report.format} into {report.dataset}{dry}")
    print(", ".join(f"{count} {name}" for name, count in report.rows.shown().items()))
    _tell_findings("rejected", report.rejections)
    _tell_findings("warning", report.warnings)


def _tell_findings(word: str, findings: "list[Finding]") -> None:
    for each in findings[:SHOWN_FINDINGS]:
        line = f"line {each.line}" if each.line else each.value
        place = f"{line}, {each.column}" if each.column else line
        value = f" ({each.value})" if each.line and each.value is not None else ""
        print(f"{word}: {place}: {each.reason}{value}")
    more = len(findings) - SHOWN_FINDINGS
    if more > 0:
        print(f"{word}: {more} more")
