"""The mapping of a file's rows to records, in batches, without a database.

The batches hold plain values only, so that another process can make them.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from app.errors import Invalid
from app.ingest.coverage import EMPTY_SPAN, RowSpan
from app.ingest.mapping.claim_folding import ClaimPart
from app.ingest.reading.import_format import (
    ActorFacts,
    BadRow,
    DatasetFacts,
    FileContext,
    FileRow,
    ImportFormat,
    MappedClaim,
    MappedEvent,
    SourceFacts,
)
from app.ingest.reading.round_trip import ExportOrigin
from app.ingest.reading.source_files import OpenFile, open_files
from app.ingest.reading.text_lines import TextLines
from app.ingest.report import REJECTION, SHOWN_CELL, WARNING, RowFinding
from app.ingest.row_parsing.seen_ids import SeenIds
from app.ingest.row_parsing.validation import validate_claim, validate_event
from app.record.content import ClaimContent, EventContent
from app.values.ids import make_claim_id, make_record_id

BATCH_CHARACTERS = 1_700_000
"""The length of untouched rows that ends a batch, so that long rows take no more memory."""

MOST_REJECTED = 1_000
"""The number of consecutive rejected rows that ends an import."""


@dataclass(frozen=True, slots=True)
class PreparedRow:
    """One mapped row; `text` is the untouched row as JSON, `digest` its hash."""

    line: int
    id: UUID
    digest: str
    text: str
    event: EventContent
    claims: dict[UUID, ClaimContent]
    origin: ExportOrigin | None = None


def encode_mapping(row: PreparedRow) -> str:
    """Return the mapped record as JSON, stored for the next three-way merge."""
    claims = {str(claim_id): claim for claim_id, claim in row.claims.items()}
    return orjson.dumps({"event": row.event, "claims": claims}).decode()


@dataclass(frozen=True, slots=True)
class PreparedClaim:
    """One row that is a claim about the event of another row."""

    line: int
    dataset: str
    event_id: UUID
    digest: str
    text: str
    part: ClaimPart


DatasetSlug = tuple[str | None, str]
"""A slug, and the dataset of the rows that name it; None for the import's dataset."""

NamedSlug = tuple[str, DatasetSlug]
"""A resource type (actor or source) and a slug in it."""

RowPlace = tuple[int, str | None]
"""A line, and the archive's member that it is in, if there are several."""


@dataclass(slots=True)
class MappedBatch:
    """Rows of a file, findings about others, and the records that the rows name.

    `lines` has the first row that names each record. With `has_final_names`, slugs in the rows are
    already those of stored records. `characters` is the length of the untouched rows, `span` covers
    all rows read so far. `rendered` holds the rows of new events, ready to be loaded
    (`mapping_process.RenderedBatch`).
    """

    rows: list[PreparedRow] = field(default_factory=list)
    claims: list[PreparedClaim] = field(default_factory=list)
    findings: list[RowFinding] = field(default_factory=list)
    datasets: dict[str, DatasetFacts] = field(default_factory=dict)
    actors: dict[DatasetSlug, ActorFacts] = field(default_factory=dict)
    sources: dict[DatasetSlug, SourceFacts] = field(default_factory=dict)
    lines: dict[NamedSlug, RowPlace] = field(default_factory=dict)
    has_final_names: bool = False
    rejected: int = 0
    bytes_read: int = 0
    characters: int = 0
    span: RowSpan = EMPTY_SPAN
    rendered: Any = None

    @property
    def size(self) -> int:
        """Return the number of rows read for the batch."""
        return len(self.rows) + len(self.claims) + self.rejected

    @property
    def accepted(self) -> int:
        """Return the number of rows that can become records."""
        rendered = len(self.rendered.ids) if self.rendered is not None else 0
        return len(self.rows) + len(self.claims) + rendered

    def is_full(self, batch_rows: int) -> bool:
        """Return whether the batch has as many rows or as much text as a batch may have."""
        return self.size >= batch_rows or self.characters >= BATCH_CHARACTERS

    def reject(self, finding: RowFinding) -> None:
        """Reject a row."""
        self.rejected += 1
        self.findings.append(finding)


@dataclass(frozen=True, slots=True)
class ReadingTask:
    """A file to read, with its limits; `seen` is a file for the ids of the rows, created if
    missing.

    The first `skip` rows were written by an earlier run: only their ids are recorded. The rest of
    the file is not read after `most_rejected` consecutive rejected rows.
    """

    path: Path
    format: ImportFormat
    context: FileContext
    seen: Path
    most_bytes: int
    batch_rows: int
    most_rejected: int = MOST_REJECTED
    skip: int = 0


def read_batches(reading: ReadingTask) -> Iterator[MappedBatch]:
    """Read and map a file; the last batch may be empty.

    Raises Invalid after the batch that completes too many consecutive rejected rows.
    """
    seen = SeenIds(reading.seen)
    try:
        with open_files(reading.path) as files:
            yield from _read_file_batches(reading, files, seen)
    finally:
        seen.close()


async def map_in_thread(task: ReadingTask) -> AsyncGenerator[MappedBatch, None]:
    """Yield the batches of a file, mapped in a thread: one is mapped while the last is written."""
    batches = read_batches(task)
    pending = asyncio.create_task(asyncio.to_thread(next, batches, None))
    try:
        while (batch := await asyncio.shield(pending)) is not None:
            pending = asyncio.create_task(asyncio.to_thread(next, batches, None))
            yield batch
    finally:
        await _stop_reading(pending, batches)


async def _stop_reading(pending: asyncio.Task[Any], batches: Iterator[MappedBatch]) -> None:
    """Close the file once the current batch is read, since its thread cannot be stopped."""
    await asyncio.wait([pending])
    pending.exception()
    close: Callable[[], None] | None = getattr(batches, "close", None)
    if close is not None:
        close()


def _read_file_batches(
    reading: ReadingTask, files: Iterator[OpenFile], seen: SeenIds
) -> Iterator[MappedBatch]:
    batch, number, bytes_read, in_a_row = MappedBatch(), 0, 0, 0
    for opened in files:
        lines = TextLines(opened.text, reading.most_bytes, bytes_read)
        for row in _read_rows(reading.format, lines, opened):
            number += 1
            known, rejected = len(batch.findings), batch.rejected
            _add_row(batch, row, reading, seen, opened)
            in_a_row = in_a_row + 1 if batch.rejected > rejected else 0
            if opened.is_one_of_several:
                batch.findings[known:] = _name_member(batch.findings[known:], opened)
            if number <= reading.skip:
                batch = MappedBatch(span=batch.span)
            elif batch.is_full(reading.batch_rows):
                yield _finish_batch(batch, opened)
                batch = MappedBatch(span=batch.span)
            if in_a_row >= reading.most_rejected:
                yield _finish_batch(batch, opened)
                raise make_rejected_error(in_a_row, row.line)
        bytes_read = lines.bytes_read
    yield _finish_batch(batch, opened)


def make_rejected_error(in_a_row: int, line: int | None) -> Invalid:
    """Return the error of an import that ends after consecutive rejected rows, up to that line."""
    return Invalid(
        f"{in_a_row:,} rows in a row were rejected, the last on line {line}: the rest of the"
        " file was not read; what was written stays"
    )


def _read_rows(
    format: ImportFormat, lines: TextLines, opened: OpenFile
) -> Iterator[FileRow | RowFinding]:
    try:
        yield from format.read(lines)
    except Invalid as wrong:
        if not opened.is_one_of_several:
            raise
        raise Invalid(f"{opened.member}: {wrong.detail}") from wrong


def _name_member(findings: list[RowFinding], opened: OpenFile) -> list[RowFinding]:
    """Return the findings with the archive's member in their reason."""
    return [replace(finding, reason=f"{opened.member}: {finding.reason}") for finding in findings]


def _finish_batch(batch: MappedBatch, opened: OpenFile) -> MappedBatch:
    batch.bytes_read = opened.position
    return batch


def _add_row(
    batch: MappedBatch,
    row: FileRow | RowFinding,
    reading: ReadingTask,
    seen: SeenIds,
    opened: OpenFile,
) -> None:
    if isinstance(row, RowFinding):
        batch.reject(row)
        return
    place = (row.line, opened.member if opened.is_one_of_several else None)
    try:
        mapped = reading.format.map_row(row, reading.context)
        if isinstance(mapped, MappedClaim):
            claim = _prepare_claim(row, mapped, reading.context)
            batch.claims.append(claim)
            batch.characters += len(claim.text)
        else:
            event = _prepare_event(row, mapped, reading.context, seen)
            batch.rows.append(event)
            batch.characters += len(event.text)
            if reading.format.coverage_of is not None:
                batch.span = batch.span.with_event(event.event)
            batch.datasets.update((dataset.slug, dataset) for dataset in mapped.datasets)
            for actor in mapped.actors:
                owned = (actor.dataset, actor.slug)
                batch.actors[owned] = actor
                batch.lines.setdefault(("actor", owned), place)
    except BadRow as bad:
        batch.reject(_make_finding(REJECTION, row.line, bad.column, bad.value, bad.reason))
        return
    for source in mapped.sources:
        owned = (source.dataset, source.slug)
        batch.sources[owned] = source
        batch.lines.setdefault(("source", owned), place)
    batch.findings += [_make_finding(WARNING, row.line, *warning) for warning in mapped.warnings]


def _prepare_event(
    row: FileRow, mapped: MappedEvent, context: FileContext, seen: SeenIds
) -> PreparedRow:
    event = validate_event(mapped.event)
    for claim in mapped.claims.values():
        validate_claim(claim)
    external_id, origin = event["external_id"], mapped.origin
    event_id = origin.id if origin else make_record_id(context.dataset, str(external_id))
    if (line := seen.add(event_id, row.line)) is not None:
        known = str(event_id if origin else external_id)
        named = (name for name, cell in row.cells.items() if cell == known)
        raise BadRow(next(named, None), known, f"the same record is on line {line}")
    text, digest = _encode_row(row)
    ids = (
        origin.claim_ids if origin else {key: make_claim_id(event_id, key) for key in mapped.claims}
    )
    claims = {ids[key]: claim for key, claim in mapped.claims.items()}
    return PreparedRow(row.line, event_id, digest, text, event, claims, origin)


def _prepare_claim(row: FileRow, mapped: MappedClaim, context: FileContext) -> PreparedClaim:
    validate_claim(mapped.claim)
    event_id = make_record_id(context.dataset, mapped.event)
    text, digest = _encode_row(row)
    part = ClaimPart(make_claim_id(event_id, mapped.key), mapped.claim, mapped.confidence)
    return PreparedClaim(row.line, context.dataset, event_id, digest, text, part)


def _encode_row(row: FileRow) -> tuple[str, str]:
    """Return the untouched row as JSON, and its hash."""
    text = orjson.dumps(dict(row.cells))
    return text.decode(), blake2b(text, digest_size=16).hexdigest()


def _make_finding(severity: str, line: int, *said: Any) -> RowFinding:
    column, value, reason = said
    return RowFinding(severity, line, column, value[:SHOWN_CELL] if value else value, reason)
