"""Running an import: read, map, resolve, write and report, batch by batch."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.db.database import Database
from app.ingest.files import open_file, read_head
from app.ingest.format import Context, Format
from app.ingest.prepare import Batch, prepare
from app.ingest.references import find_dataset, make_dataset
from app.ingest.registry import AUTO, find_format, recognise_format
from app.ingest.report import Finding, Report, RowCounts
from app.ingest.resolve import Resolution
from app.ingest.write import BatchWriter
from app.values.callers import OPERATOR, Caller


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What is to be imported: `auto` finds the format, no dataset means the format's own.

    `file_name` is what the file is called where it comes from, if not as on disk: it can tell
    the version. `most_bytes` limits the text, unpacked. Each batch is one transaction.
    """

    format: str = AUTO
    dataset: str | None = None
    dry_run: bool = False
    caller: Caller = OPERATOR
    file_name: str | None = None
    most_bytes: int = 2_000_000_000
    batch_rows: int = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """One batch done: counts so far, what was found in it, and bytes of the file read so far."""

    rows: RowCounts
    findings: Sequence[Finding]
    bytes_read: int
    bytes_total: int


Tell = Callable[[Step], Awaitable[None]]


async def run_import(
    database: Database, path: Path, order: ImportOrder, tell: Tell | None = None
) -> Report:
    """Import the file at `path` (plain, gzip or zip) and say what became of each row.

    `tell` is awaited after every batch. Raises Invalid for a file that is not of the format and
    for an unknown format, NotFound for a dataset that the caller does not see, TooLarge; rows
    that are wrong are in the report instead. What was written before an error stays, and the
    same import, run again, goes on from there.
    """
    format = await asyncio.to_thread(format_of, path, order.format)
    return await run_as(format, database, path, order, tell)


async def run_as(
    format: Format, database: Database, path: Path, order: ImportOrder, tell: Tell | None = None
) -> Report:
    """Import a file of that format, whatever the order says about its format."""
    report = Report(format.name, order.dataset or format.dataset.slug, order.dry_run)
    context = await _context(database, path, order, format)
    writer = BatchWriter(database, format, report.dataset, order.caller, dry_run=order.dry_run)
    total = await asyncio.to_thread(_size, path)
    batches = prepare(path, format, context, order.most_bytes, order.batch_rows)
    pending = asyncio.create_task(asyncio.to_thread(next, batches, None))
    try:
        while (batch := await asyncio.shield(pending)) is not None:
            pending = asyncio.create_task(asyncio.to_thread(next, batches, None))
            found = await writer.write(batch)
            findings = _add(report, batch, found)
            if tell is not None:
                await tell(Step(report.rows, findings, batch.bytes_read, total))
        await writer.attach_waiting()
    finally:
        await _stop(pending, batches)
    return report


def format_of(path: Path, name: str) -> Format:
    """The format of that name, or with `auto` the one that the file shows; else Invalid."""
    head = read_head(path)
    format = recognise_format(head) if name == AUTO else find_format(name)
    named = format.dataset_in(head)
    return replace(format, dataset=named) if named else format


def _size(path: Path) -> int:
    return path.stat().st_size


async def _context(database: Database, path: Path, order: ImportOrder, format: Format) -> Context:
    """See that the dataset is there, and find out when the file was published."""
    slug = order.dataset or format.dataset.slug
    dataset = await database.read(lambda connection: find_dataset(connection, order.caller, slug))
    version = await asyncio.to_thread(_version, path, order.file_name, format)
    if dataset is None and not order.dry_run:
        by = order.caller.key_id
        await database.write(
            lambda write: make_dataset(write, order.caller, format.dataset, slug, version), by=by
        )
    if dataset is not None and dataset.released_on is not None:
        return Context(slug, dataset.released_on.isoformat(), order.dataset is None)
    released = format.release_of(version) if version else None
    return Context(slug, released, order.dataset is None)


def _version(path: Path, file_name: str | None, format: Format) -> str | None:
    """The version that a name of the file tells: the archive member's, the given, the path's."""
    with open_file(path) as opened:
        names = (opened.member, file_name or path.name)
    return next((found for name in names if name and (found := format.version_of(name))), None)


def _add(report: Report, batch: Batch, found: Resolution) -> list[Finding]:
    counts = found.counts
    counts.read += batch.rejected
    counts.rejected += batch.rejected
    findings = sorted([*batch.findings, *found.findings], key=lambda each: each.line)
    report.add(counts, findings)
    return findings


async def _stop(pending: asyncio.Task[Any], batches: Iterator[Batch]) -> None:
    """Let the batch that is being read end, then close the file; its thread cannot be stopped."""
    await asyncio.wait([pending])
    pending.exception()
    close: Callable[[], None] | None = getattr(batches, "close", None)
    if close is not None:
        close()
