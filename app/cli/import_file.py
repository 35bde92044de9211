"""`annals import`: a file of any known format, or a folder of files, into the records."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from app.cli.command_options import with_options
from app.cli.progress_bar import ProgressBar
from app.cli.session import DatabaseUrl, read_settings, run_with_records
from app.errors import AnnalsError, Invalid
from app.settings import Settings

if TYPE_CHECKING:
    from app.db.database import Database
    from app.ingest.import_options import ImportOptions
    from app.ingest.progress_steps import ProgressStep
    from app.ingest.report import ImportReport, RemovalCounts, RowCounts, RowFinding

SHOWN_FINDINGS = 20


@dataclass(frozen=True)
class ImportArguments:
    """The arguments and options of `annals import`."""

    file: Annotated[
        Path,
        typer.Argument(exists=True, help="The file, or a folder of files: plain, gzip or zip."),
    ]
    format: Annotated[str, typer.Option(help="Its format; auto detects it.")] = "auto"
    dataset: Annotated[
        str | None,
        typer.Option(
            help="The dataset to import into, if not the format's own.", show_default=False
        ),
    ] = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Report what would happen, change nothing.")
    ] = False
    mirror: Annotated[
        bool, typer.Option("--mirror", help="Remove records whose row is no longer in the file.")
    ] = False
    coverage: Annotated[
        str | None,
        typer.Option(
            metavar="DAYS",
            help="The days, 2025-01-01/2025-12-31, of which the file has all records, if it does"
            " not say so itself.",
            show_default=False,
        ),
    ] = None
    country: Annotated[
        list[str] | None,
        typer.Option(
            help="The country of which it has all records, if not of every country; repeatable.",
            show_default=False,
        ),
    ] = None
    confirm_removals: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Remove the records that are gone, if their number is this.",
            show_default=False,
        ),
    ] = None
    database_url: DatabaseUrl = None


@with_options(ImportArguments)
def import_file(asked: ImportArguments) -> None:
    """Import a file, and report what became of its rows; the same file again changes nothing.

    The files of a folder are imported one after another, by name. The exit code is 1 if rows were
    rejected, or files of a folder refused.
    """
    is_whole = asked.mirror or asked.coverage or asked.confirm_removals
    if is_whole and asked.file.is_dir():
        raise Invalid("a folder is not one release of a dataset: only a file can be mirrored")
    if asked.confirm_removals and not asked.mirror:
        raise typer.BadParameter("--confirm-removals needs --mirror")
    settings = read_settings(database_url=asked.database_url)
    order, targets = _make_order(asked, settings), _list_files(asked.file)
    if not run_with_records(settings, lambda database: _import(database, targets, order)):
        raise typer.Exit(1)


def _make_order(asked: ImportArguments, settings: Settings) -> "ImportOptions":
    from app.cli.filter_arguments import read_filters
    from app.ingest.import_options import ImportOptions
    from app.ingest.query import ImportQuery

    covered = [] if asked.coverage is None else [f"coverage={asked.coverage}"]
    covered += [f"country={country}" for country in asked.country or ()]
    query = read_filters(ImportQuery, covered)
    return ImportOptions(
        asked.format,
        asked.dataset,
        asked.dry_run,
        asked.mirror,
        most_rejected=settings.import_rejections,
        coverage=query.coverage,
        countries=frozenset(query.country) if query.country else None,
        confirmed=asked.confirm_removals,
    )


class _ImportFile(NamedTuple):
    """A file, its size, and its name if it is one of a folder."""

    file: Path
    size: int
    name: str | None


def _list_files(place: Path) -> list[_ImportFile]:
    from app.ingest.reading.source_files import list_import_files

    is_folder = place.is_dir()
    return [
        _ImportFile(file, file.stat().st_size, str(file.relative_to(place)) if is_folder else None)
        for file in list_import_files(place)
    ]


async def _import(database: "Database", targets: list[_ImportFile], order: "ImportOptions") -> bool:
    """Import the files and report on each; return whether everything was imported."""
    with ProgressBar("importing", sum(target.size for target in targets)) as bar:
        imports = _ImportSeries(database, order, bar)
        for target in targets:
            await imports.add(target)
    if targets[0].name is not None:
        print(f"{len(targets)} files, {imports.refused} refused: {_describe_counts(imports.rows)}")
    return not imports.refused and not imports.rows.rejected


class _ImportSeries:
    """A series of imports with one progress bar."""

    def __init__(self, database: "Database", order: "ImportOptions", bar: ProgressBar) -> None:
        from app.ingest.report import RowCounts

        self.rows = RowCounts()
        self.refused = 0
        self._database, self._order, self._bar = database, order, bar
        self._bytes = 0

    async def add(self, target: _ImportFile) -> None:
        """Import one more file; one of a folder that is refused does not stop the others."""
        from app.ingest.progress_steps import ImportObservers
        from app.ingest.run import run_import

        title = "" if target.name is None else f"{target.name}: "
        try:
            report = await run_import(
                self._database, target.file, self._order, ImportObservers(self._report_progress)
            )
        except AnnalsError as wrong:
            if target.name is None:
                raise
            self.refused += 1
            print(f"{title}refused: {wrong.detail}")
        else:
            self.rows.add(report.rows)
            _print_report(report, title, is_found=self._order.format == "auto")
        self._bytes += target.size

    async def _report_progress(self, step: "ProgressStep") -> None:
        read = self.rows.read + step.rows.read
        self._bar.update(self._bytes + step.bytes_read, items=read, name="rows")


def _print_report(report: "ImportReport", title: str, *, is_found: bool) -> None:
    dry = ", dry run" if report.dry_run else ""
    why = f": {report.reason}" if is_found else ""
    print(f"{title}{report.format} into {report.dataset}{dry}{why}")
    print(_describe_counts(report.rows))
    _print_findings("rejected", report.rejections, report.found["rejections"])
    _print_findings("warning", report.warnings, report.found["warnings"])
    for record in report.published[:SHOWN_FINDINGS]:
        print(f"published: the {record.noun} {record.slug!r}, which was private")
    _print_remainder("published", len(report.published))
    if report.removals is not None and report.removals.found:
        _print_removals(report.removals, report.dry_run)


def _print_removals(removals: "RemovalCounts", dry_run: bool) -> None:
    covered = (
        removals.coverage.to_document() if removals.coverage is not None else {"period": "unknown"}
    )
    print(f"gone: {removals.found} found, {removals.removed} removed, of {covered['period']}")
    if removals.confirm is not None and not dry_run:
        print(f"gone: --mirror --confirm-removals {removals.confirm} removes them")


def _describe_counts(rows: "RowCounts") -> str:
    return ", ".join(f"{count} {name}" for name, count in rows.to_document().items())


def _print_findings(word: str, findings: "list[RowFinding]", found: int) -> None:
    for finding in findings[:SHOWN_FINDINGS]:
        line = f"line {finding.line}" if finding.line else finding.value
        place = f"{line}, {finding.column}" if finding.column else line
        value = f" ({finding.value})" if finding.line and finding.value is not None else ""
        print(f"{word}: {place}: {finding.reason}{value}")
    _print_remainder(word, found)


def _print_remainder(word: str, count: int) -> None:
    more = count - SHOWN_FINDINGS
    if more > 0:
        print(f"{word}: {more} more")
