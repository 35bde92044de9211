"""Running an import: read, map, resolve, write and report, batch by batch."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from app.db.database import Database
from app.db.transaction import Transaction
from app.errors import Fault, Invalid
from app.ingest.coverage import EMPTY_SPAN, Coverage, FileFacts, RowSpan
from app.ingest.mapping.detection import AUTO, DetectedFormat, check_named_format, detect_format
from app.ingest.mapping.map_rows import (
    MOST_REJECTED,
    MappedBatch,
    ReadingTask,
    make_rejected_error,
    read_batches,
)
from app.ingest.mapping.mapping_process import MappingTask, map_ahead
from app.ingest.progress_steps import ImportJournal, ImportObservers, ProgressStep
from app.ingest.reading.import_format import FileContext, ImportFormat
from app.ingest.reading.source_files import SNIFFED_BYTES, open_file, read_file_head
from app.ingest.removals.removal_run import RemovalRequest, RemovalRun
from app.ingest.report import ImportReport, RowCounts, RowFinding
from app.ingest.writing.batch_outcome import BatchOutcome
from app.ingest.writing.batch_writer import BatchWriter
from app.ingest.writing.create_named_records import find_import_dataset
from app.ingest.writing.dataset_release import Release, update_dataset_release
from app.ingest.writing.ensure_named_records import ImportScope
from app.record.links.publishing import PublishedSlug
from app.values.caller import OPERATOR, Caller


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What is to be imported: `auto` finds the format, no dataset means the format's own.

    `format_reason` says why the file is of the format, where that is known already.

    With `mirror` records whose row is gone are removed from the part of the dataset that the file
    speaks for: `coverage`, or what it tells of itself, in these `countries` if any are named. So
    many that it has to be confirmed go only where `confirmed` says their number. `file_name` is
    what the file is called where it comes from, if not as on disk. `most_bytes` limits the text,
    unpacked. Each batch is one transaction. The rows of a file of `process_from` bytes or more are
    mapped in a process of their own, if the format allows it. A job keeps `kept_findings`. Where
    `most_rejected` rows in a row are rejected the import ends.
    """

    format: str = AUTO
    dataset: str | None = None
    dry_run: bool = False
    mirror: bool = False
    caller: Caller = OPERATOR
    file_name: str | None = None
    most_bytes: int = 2_000_000_000
    batch_rows: int = 1000
    format_reason: str | None = None
    process_from: int = 2_000_000
    kept_findings: int = 10_000
    most_rejected: int = MOST_REJECTED
    coverage: Coverage | None = None
    countries: frozenset[str] | None = None
    confirmed: int | None = None

    def asked_coverage(self) -> dict[str, Any] | None:
        """The coverage that was asked for, as it is shown."""
        if self.coverage is None and self.countries is None:
            return None
        named = None if self.countries is None else sorted(self.countries)
        shown = self.coverage.shown() if self.coverage is not None else {"period": None}
        return {**shown, "countries": named}


async def run_import(
    database: Database, path: Path, order: ImportOptions, watch: ImportObservers | None = None
) -> ImportReport:
    """Import the file at `path` (plain, gzip or zip) and say what became of each row.

    Raises Invalid for a file that is not of the format and for an unknown format, NotFound for
    a dataset that the caller does not see, TooLarge; rows that are wrong are in the report
    instead. What was written before an error stays, and the same import, run again, goes on
    from there.
    """
    found = await asyncio.to_thread(detect_file_format, path, order.format)
    reason = order.format_reason or found.reason
    order = replace(order, format_reason=reason)
    return await run_import_as(found.format, database, path, order, watch)


async def run_import_as(
    format: ImportFormat,
    database: Database,
    path: Path,
    order: ImportOptions,
    watch: ImportObservers | None = None,
) -> ImportReport:
    """Import a file of that format, whatever the order says about its format."""
    check_mirror(format, order)
    run = _ImportRun(database, format, order, watch or ImportObservers())
    names, head, is_one = await asyncio.to_thread(_read_file_facts, path, order.file_name)
    name = next((each for each in names if format.version_of(each)), None)
    version = format.version_of(name) if name is not None else None
    context = await _load_context(database, order, format, version)
    async with _open_seen_file(run.watch.journal) as seen:
        await run.rows(path, context, seen)
        told = None
        if is_one and format.coverage_of is not None:
            told = format.coverage_of(FileFacts(names, head, run.span))
        covered = order.coverage or told
        covered = covered and covered.narrowed(order.countries)
        is_whole = is_one and name is not None and format.is_release(name)
        is_whole = is_whole and (told is None or (covered is not None and told.within(covered)))
        await run.release(Release(version if is_whole else None, format.dataset.released_on))
        if covered is not None or order.mirror:
            await run.gone(seen, covered)
    return run.report


def check_mirror(format: ImportFormat, order: ImportOptions) -> None:
    """Refuse to mirror files that speak for no records but their own rows."""
    asked = {"mirror": order.mirror, "coverage": order.coverage, "country": order.countries}
    parameter = next((name for name, value in asked.items() if value), None)
    if parameter is not None and format.coverage_of is None:
        detail = (
            f"files of {format.name} tell of no record that it is gone: they cannot be mirrored,"
            " and cover nothing"
        )
        raise Invalid(detail, Fault(code="no-mirror", detail=detail, parameter=parameter))


class _ImportRun:
    """One import under way."""

    def __init__(
        self, database: Database, format: ImportFormat, order: ImportOptions, watch: ImportObservers
    ) -> None:
        self.watch = watch
        dataset = order.dataset or format.dataset.slug
        self.report = ImportReport(format.name, dataset, order.dry_run, order.format_reason)
        if watch.journal is not None:
            self.report.rows.add(watch.journal.rows)
        self._database = database
        self._format = format
        self._options = order
        self._bytes = (0, 0)
        self._rejected_in_a_row = 0
        self.span: RowSpan = EMPTY_SPAN

    async def rows(self, path: Path, context: FileContext, seen: Path) -> None:
        """Write the rows of the file, and what waited for them."""
        order = self._options
        dataset = replace(self._format.dataset, slug=context.dataset, released_on=None)
        importing = ImportScope(dataset, order.caller, order.dry_run, self._record_published)
        writer = BatchWriter(self._database, self._format, importing)
        self.report.published = writer.naming.published
        total = (await asyncio.to_thread(path.stat)).st_size
        self._bytes = (0, total)
        async with aclosing(self._read_batches(writer, path, context, seen)) as batches:
            async for batch in batches:
                self._bytes = (batch.bytes_read, total)
                self.span = batch.span
                await self._write_batch(writer, batch)
        await writer.attach_waiting()

    async def release(self, release: Release) -> None:
        """Say which release the dataset is of, now that all of the file is in.

        A file that brings its datasets along has said so with its rows.
        """
        rows = self.report.rows
        is_told = release != Release() and not self._format.rows_have_origin
        if self._options.dry_run or not is_told or rows.rejected == rows.read:
            return

        def work(write: Transaction) -> None:
            self._check_running(write)
            update_dataset_release(write, self.report.dataset, release)

        await self._database.write(work, by=self._options.caller.key_id, is_batch=True)

    def _read_batches(
        self, writer: BatchWriter, path: Path, context: FileContext, seen: Path
    ) -> AsyncGenerator[MappedBatch, None]:
        order, done = self._options, self.report.rows.read
        limits = (order.most_bytes, order.batch_rows, order.most_rejected)
        is_short = self._bytes[1] < order.process_from
        if is_short or order.dry_run or self._format.rows_have_origin:
            return _read_in_thread(ReadingTask(path, self._format, context, seen, *limits, done))
        name, by = self._format.name, order.caller.key_id
        task = MappingTask(path, name, context, seen, limits, done, self._database.driver, by)
        return map_ahead(task, writer.naming.answer)

    async def gone(self, seen: Path, coverage: Coverage | None) -> None:
        """Tell which records have no row in the file, and remove them if that is asked for."""
        order = self._options
        wish = RemovalRequest(order.mirror, order.dry_run, order.confirmed, order.caller.key_id)
        records = RemovalRun(
            self._database, self.report, self.watch, wish, coverage, self._bytes[1]
        )
        await records.settle(seen)

    async def _write_batch(self, writer: BatchWriter, batch: MappedBatch) -> None:
        steps: list[ProgressStep] = []

        def note(write: Transaction, found: BatchOutcome) -> None:
            steps.append(self._make_step(batch, found))
            if self.watch.journal is not None:
                self.watch.journal.note(write, steps[-1])

        found = await writer.write(batch, note)
        counts = _make_counts(batch, found)
        self.report.add(counts, steps[-1].findings)
        await self._report_step(steps[-1])
        self._stop_if_refused(counts, steps[-1].findings)

    def _stop_if_refused(self, counts: RowCounts, findings: Sequence[RowFinding]) -> None:
        """End where whole batches are refused by what is stored, as rows that cannot be read do."""
        self._rejected_in_a_row = (
            self._rejected_in_a_row + counts.read if counts.rejected == counts.read else 0
        )
        if self._rejected_in_a_row >= self._options.most_rejected and findings:
            raise make_rejected_error(self._rejected_in_a_row, findings[-1].line)

    def _record_published(self, write: Transaction, published: Sequence[PublishedSlug]) -> None:
        if self.watch.journal is not None:
            self.watch.journal.note_published(write, published)

    def _make_step(self, batch: MappedBatch, found: BatchOutcome) -> ProgressStep:
        rows = RowCounts()
        rows.add(self.report.rows)
        rows.add(_make_counts(batch, found))
        findings = sorted([*batch.findings, *found.findings], key=lambda each: each.line or 0)
        return ProgressStep(rows, findings, *self._bytes)

    def _check_running(self, write: Transaction) -> None:
        if self.watch.journal is not None:
            self.watch.journal.check(write)

    async def _report_step(self, step: ProgressStep) -> None:
        if self.watch.tell is not None:
            await self.watch.tell(step)


def detect_file_format(path: Path, name: str) -> DetectedFormat:
    """The format of that name, or with `auto` the one that the file shows; else Invalid."""
    head = read_file_head(path)
    found = detect_format(head) if name == AUTO else check_named_format(name, head)
    dataset = found.format.dataset_in(head)
    if dataset is None:
        return found
    return replace(found, format=replace(found.format, dataset=dataset))


@asynccontextmanager
async def _open_seen_file(journal: ImportJournal | None) -> AsyncIterator[Path]:
    """A file for the ids of the rows; what a run that was killed left there is of no use."""
    if journal is not None:
        await asyncio.to_thread(journal.seen.unlink, missing_ok=True)
        yield journal.seen
        return
    with tempfile.TemporaryDirectory(prefix="annals-import-") as folder:
        yield Path(folder) / "seen"


async def _load_context(
    database: Database, order: ImportOptions, format: ImportFormat, version: str | None
) -> FileContext:
    """Find out when the file was published.

    What the file itself says of that goes before what is known of the dataset. Conflict for one
    that the caller does not see; one that is not there is made with the first row.
    """
    slug = order.dataset or format.dataset.slug
    dataset = await database.read(
        lambda connection: find_import_dataset(connection, order.caller, slug)
    )
    released = format.dataset.released_on
    if released is None and dataset is not None and dataset.released_on is not None:
        released = dataset.released_on.isoformat()
    if released is None and version is not None:
        released = format.release_of(version)
    return FileContext(slug, released, order.dataset is None)


def _read_file_facts(path: Path, file_name: str | None) -> tuple[tuple[str, ...], bytes, bool]:
    """The names of a file, the archive member's first, its beginning, and whether it is alone."""
    with open_file(path) as opened:
        names = (opened.member, PurePath(file_name or path).name)
        head = opened.text.read(SNIFFED_BYTES)
        return tuple(name for name in names if name), head, not opened.is_one_of_several


def _make_counts(batch: MappedBatch, found: BatchOutcome) -> RowCounts:
    counts = RowCounts(read=batch.rejected, rejected=batch.rejected)
    counts.add(found.counts)
    return counts


async def _read_in_thread(reading: ReadingTask) -> AsyncGenerator[MappedBatch, None]:
    """The batches of a file that is not read in a process of its own: one ahead."""
    batches = read_batches(reading)
    pending = asyncio.create_task(asyncio.to_thread(next, batches, None))
    try:
        while (batch := await asyncio.shield(pending)) is not None:
            pending = asyncio.create_task(asyncio.to_thread(next, batches, None))
            yield batch
    finally:
        await _stop_reading(pending, batches)


async def _stop_reading(pending: asyncio.Task[Any], batches: Iterator[MappedBatch]) -> None:
    """Let the batch that is being read end, then close the file; its thread cannot be stopped."""
    await asyncio.wait([pending])
    pending.exception()
    close: Callable[[], None] | None = getattr(batches, "close", None)
    if close is not None:
        close()
