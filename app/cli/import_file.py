"""`annals import`: read a file of any known format, or a folder of them, into the records."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from app.cli.progress import Bar
from app.cli.records import DatabaseUrl, read_settings, with_records
from app.errors import AnnalsError, Invalid

if TYPE_CHECKING:
    from app.db.database import Database
    from app.ingest.report import Finding, Report, RowCounts
    from app.ingest.run import ImportOrder, Step

SHOWN_FINDINGS = 20


def import_file(
    file: Annotated[
        Path,
        typer.Argument(exists=True, help="The file, or a folder of files: plain, gzip or zip."),
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

    The files of a folder go in one after the other, by name. Ends with 1 if rows were rejected,
    or files of a folder refused.
    """
    from app.ingest.run import ImportOrder

    if mirror and file.is_dir():
        raise Invalid("a folder is not one release of a dataset: only a file can be mirrored")
    settings = read_settings(database_url=database_url)
    rejections = settings.import_rejections
    order = ImportOrder(format, dataset, dry_run, mirror, most_rejected=rejections)
    targets = _targets(file)
    if not with_records(settings, lambda database: _import(database, targets, order)):
        raise typer.Exit(1)


class _Target(NamedTuple):
    """A file, its size, and what it is called where it is one of a folder."""

    file: Path
    size: int
    name: str | None


def _targets(place: Path) -> list[_Target]:
    from app.ingest.files import files_in

    is_folder = place.is_dir()
    return [
        _Target(file, file.stat().st_size, str(file.relative_to(place)) if is_folder else None)
        for file in files_in(place)
    ]


async def _import(database: "Database", targets: list[_Target], order: "ImportOrder") -> bool:
    """Import the files and tell of each; whether everything went in."""
    with Bar("importing", sum(target.size for target in targets)) as bar:
        imports = _Imports(database, order, bar)
        for target in targets:
            await imports.add(target)
    if targets[0].name is not None:
        print(f"{len(targets)} files, {imports.refused} refused: {_counts(imports.rows)}")
    return not imports.refused and not imports.rows.rejected


class _Imports:
    """Imports made one after the other, as one bar shows them."""

    def __init__(self, database: "Database", order: "ImportOrder", bar: Bar) -> None:
        from app.ingest.report import RowCounts

        self.rows = RowCounts()
        self.refused = 0
        self._database, self._order, self._bar = database, order, bar
        self._bytes = 0

    async def add(self, target: _Target) -> None:
        """Import one more; that one of a folder is refused does not keep the others out."""
        from app.ingest.run import Watch, run_import

        title = "" if target.name is None else f"{target.name}: "
        try:
            report = await run_import(self._database, target.file, self._order, Watch(self._reach))
        except AnnalsError as wrong:
            if target.name is None:
                raise
            self.refused += 1
            print(f"{title}refused: {wrong.detail}")
        else:
            self.rows.add(report.rows)
            _tell(report, title, is_found=self._order.format == "auto")
        self._bytes += target.size

    async def _reach(self, step: "Step") -> None:
        read = self.rows.read + step.rows.read
        self._bar.reach(self._bytes + step.bytes_read, items=read, name="rows")


def _tell(report: "Report", title: str, *, is_found: bool) -> None:
    dry = ", dry run" if report.dry_run else ""
    why = f": {report.reason}" if is_found else ""
    print(f"{title}{report.format} into {report.dataset}{dry}{why}")
    print(_counts(report.rows))
    _tell_findings("rejected", report.rejections, report.found["rejections"])
    _tell_findings("warning", report.warnings, report.found["warnings"])
    for each in report.published[:SHOWN_FINDINGS]:
        print(f"published: the {each.noun} {each.slug!r}, which was private")
    _tell_more("published", len(report.published))


def _counts(rows: "RowCounts") -> str:
    return ", ".join(f"{count} {name}" for name, count in rows.shown().items())


def _tell_findings(word: str, findings: "list[Finding]", found: int) -> None:
    for each in findings[:SHOWN_FINDINGS]:
        line = f"line {each.line}" if each.line else each.value
        place = f"{line}, {each.column}" if each.column else line
        value = f" ({each.value})" if each.line and each.value is not None else ""
        print(f"{word}: {place}: {each.reason}{value}")
    _tell_more(word, found)


def _tell_more(word: str, count: int) -> None:
    more = count - SHOWN_FINDINGS
    if more > 0:
        print(f"{word}: {more} more")
