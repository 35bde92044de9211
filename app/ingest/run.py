"""The import pipeline: read, map, reconcile, write and report, batch by batch."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from app.db.database import Database
from app.db.transaction import Transaction
from app.ingest.coverage import EMPTY_SPAN, Coverage, FileFacts, RowSpan
from app.ingest.import_options import ImportOptions, check_mirror
from app.ingest.mapping.detection import detect_file_format
from app.ingest.mapping.map_rows import (
    MappedBatch,
    ReadingTask,
    make_rejected_error,
    map_in_thread,
)
from app.ingest.mapping.mapping_process import MappingTask, map_in_process
from app.ingest.progress_steps import ImportJournal, ImportObservers, ProgressStep
from app.ingest.reading.import_format import FileContext, ImportFormat
from app.ingest.reading.source_files import FileDescription, describe_file
from app.ingest.removals.removal_run import RemovalRequest, RemovalRun
from app.ingest.report import ImportReport, RowCounts, RowFinding
from app.ingest.writing.batch_outcome import BatchOutcome
from app.ingest.writing.batch_writer import BatchWriter
from app.ingest.writing.create_named_records import find_import_dataset
from app.ingest.writing.dataset_release import Release, update_dataset_release
from app.ingest.writing.ensure_named_records import ImportScope
from app.record.links.publishing import PublishedSlug


async def run_import(
    database: Database,
    path: Path,
    options: ImportOptions,
    observers: ImportObservers | None = None,
) -> ImportReport:
    """Import the file at `path` (plain, gzip or zip) and return a report on its rows.

    Raises Invalid for a file of another format and for an unknown format, NotGranted for a dataset
    that the caller may not write or does not see, and TooLarge. Faulty rows are in the report
    instead. Rows written before an error stay, and the same import, run again, continues after
    them.
    """
    detected = await asyncio.to_thread(detect_file_format, path, options.format)
    options = replace(options, format_reason=options.format_reason or detected.reason)
    return await run_import_as(detected.format, database, path, options, observers)


async def run_import_as(
    format: ImportFormat,
    database: Database,
    path: Path,
    options: ImportOptions,
    observers: ImportObservers | None = None,
) -> ImportReport:
    """Import a file of this format, whichever format the options name."""
    check_mirror(format, options)
    file = await asyncio.to_thread(describe_file, path, options.file_name)
    name = next((name for name in file.names if format.version_of(name)), None)
    version = format.version_of(name) if name is not None else None
    context = await _load_context(database, options, format, version)
    run = _ImportRun(database, format, options, observers or ImportObservers())
    async with _open_seen_file(run.observers.journal) as seen:
        span = await run.write_rows(path, context, seen)
        own = _derive_own_coverage(format, file, span)
        covered = options.coverage or own
        covered = covered and covered.narrow(options.countries)
        is_release = file.is_alone and name is not None and format.is_release(name)
        is_whole = own is None or (covered is not None and own.is_within(covered))
        release_version = version if is_release and is_whole else None
        await run.record_release(Release(release_version, format.dataset.released_on))
        if covered is not None or options.mirror:
            await run.handle_missing(seen, covered)
    return run.report


class _ImportRun:
    """One running import."""

    def __init__(
        self,
        database: Database,
        format: ImportFormat,
        options: ImportOptions,
        observers: ImportObservers,
    ) -> None:
        self.observers = observers
        dataset = options.dataset or format.dataset.slug
        self.report = ImportReport(format.name, dataset, options.dry_run, options.format_reason)
        if observers.journal is not None:
            self.report.rows.add(observers.journal.rows)
        self._database = database
        self._format = format
        self._options = options
        self._bytes = (0, 0)
        self._rejected_in_a_row = 0

    async def write_rows(self, path: Path, context: FileContext, seen: Path) -> RowSpan:
        """Write the rows of the file and the claims that waited for them; return their span."""
        options, span = self._options, EMPTY_SPAN
        dataset = replace(self._format.dataset, slug=context.dataset, released_on=None)
        scope = ImportScope(dataset, options.caller, options.dry_run, self._record_published)
        writer = BatchWriter(self._database, self._format, scope)
        self.report.published = writer.named_records.published
        total = (await asyncio.to_thread(path.stat)).st_size
        self._bytes = (0, total)
        async with aclosing(self._map_batches(writer, path, context, seen)) as batches:
            async for batch in batches:
                self._bytes = (batch.bytes_read, total)
                span = batch.span
                await self._write_batch(writer, batch)
        await writer.attach_waiting()
        return span

    def _map_batches(
        self, writer: BatchWriter, path: Path, context: FileContext, seen: Path
    ) -> AsyncGenerator[MappedBatch, None]:
        options, done = self._options, self.report.rows.read
        limits = (options.most_bytes, options.batch_rows, options.most_rejected)
        is_short = self._bytes[1] < options.process_from
        if is_short or options.dry_run or self._format.rows_have_origin:
            return map_in_thread(ReadingTask(path, self._format, context, seen, *limits, done))
        name, by = self._format.name, options.caller.key_id
        task = MappingTask(path, name, context, seen, limits, done, self._database.driver, by)
        return map_in_process(task, writer.named_records.resolve)

    async def _write_batch(self, writer: BatchWriter, batch: MappedBatch) -> None:
        steps: list[ProgressStep] = []

        def record(write: Transaction, outcome: BatchOutcome) -> None:
            steps.append(self._make_step(batch, outcome))
            if self.observers.journal is not None:
                self.observers.journal.record_step(write, steps[-1])

        outcome = await writer.write(batch, record)
        counts = _make_counts(batch, outcome)
        self.report.add(counts, steps[-1].findings)
        if self.observers.on_step is not None:
            await self.observers.on_step(steps[-1])
        self._stop_if_rejected(counts, steps[-1].findings)

    def _make_step(self, batch: MappedBatch, outcome: BatchOutcome) -> ProgressStep:
        rows = RowCounts()
        rows.add(self.report.rows)
        rows.add(_make_counts(batch, outcome))
        findings = [*batch.findings, *outcome.findings]
        findings.sort(key=lambda finding: finding.line or 0)
        return ProgressStep(rows, findings, *self._bytes)

    def _stop_if_rejected(self, counts: RowCounts, findings: Sequence[RowFinding]) -> None:
        """Raise Invalid after batches of rows that were all rejected because of stored records."""
        rejected = self._rejected_in_a_row + counts.read
        self._rejected_in_a_row = rejected if counts.rejected == counts.read else 0
        if self._rejected_in_a_row >= self._options.most_rejected and findings:
            raise make_rejected_error(self._rejected_in_a_row, findings[-1].line)

    async def record_release(self, release: Release) -> None:
        """Store the dataset's release, now that all rows of the file are in.

        A file whose rows name their datasets has stored it with them.
        """
        rows = self.report.rows
        is_known = release != Release() and not self._format.rows_have_origin
        if self._options.dry_run or not is_known or rows.rejected == rows.read:
            return

        def work(write: Transaction) -> None:
            if self.observers.journal is not None:
                self.observers.journal.check_running(write)
            update_dataset_release(write, self.report.dataset, release)

        await self._database.write(work, by=self._options.caller.key_id, is_batch=True)

    async def handle_missing(self, seen: Path, coverage: Coverage | None) -> None:
        """Report the records without a row in the file, or remove them if the options say so."""
        options = self._options
        request = RemovalRequest(
            options.mirror, options.dry_run, options.confirmed, options.caller.key_id
        )
        run = RemovalRun(
            self._database, self.report, self.observers, request, coverage, self._bytes[1]
        )
        await run.run(seen)

    def _record_published(self, write: Transaction, published: Sequence[PublishedSlug]) -> None:
        if self.observers.journal is not None:
            self.observers.journal.record_published(write, published)


@asynccontextmanager
async def _open_seen_file(journal: ImportJournal | None) -> AsyncIterator[Path]:
    """Yield a path for the ids of the rows, without the file of a run that was killed."""
    if journal is not None:
        await asyncio.to_thread(journal.seen.unlink, missing_ok=True)
        yield journal.seen
        return
    with tempfile.TemporaryDirectory(prefix="annals-import-") as folder:
        yield Path(folder) / "seen"


async def _load_context(
    database: Database, options: ImportOptions, format: ImportFormat, version: str | None
) -> FileContext:
    """Load the dataset's facts, to find out when the file was published.

    The file's own date takes precedence over the dataset's. Raises NotGranted for a dataset that
    the caller does not see; a missing one is created with the first row.
    """
    slug = options.dataset or format.dataset.slug
    dataset = await database.read(
        lambda connection: find_import_dataset(connection, options.caller, slug)
    )
    released = format.dataset.released_on
    if released is None and dataset is not None and dataset.released_on is not None:
        released = dataset.released_on.isoformat()
    if released is None and version is not None:
        released = format.release_of(version)
    return FileContext(slug, released, options.dataset is None)


def _derive_own_coverage(
    format: ImportFormat, file: FileDescription, span: RowSpan
) -> Coverage | None:
    """Return the coverage that the file's name and rows imply; None for one of several files."""
    if not file.is_alone or format.coverage_of is None:
        return None
    return format.coverage_of(FileFacts(file.names, file.head, span))


def _make_counts(batch: MappedBatch, outcome: BatchOutcome) -> RowCounts:
    counts = RowCounts(read=batch.rejected, rejected=batch.rejected)
    counts.add(outcome.counts)
    return counts
