"""The rows of a file made ready for the database, batch by batch; needs no database itself.

The batches hold plain values only, so that they can be made in another thread or process.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from app.ingest.check import check_claim, checked_event
from app.ingest.files import OpenFile, open_file
from app.ingest.fold import Part
from app.ingest.format import (
    ActorFacts,
    BadRow,
    Context,
    DatasetFacts,
    Format,
    Mapped,
    MappedClaim,
    SourceFacts,
    SourceRow,
)
from app.ingest.lines import Lines
from app.ingest.origin import Origin
from app.ingest.report import REJECTION, WARNING, Finding
from app.record.content import ClaimContent, EventContent
from app.values.ids import claim_id, record_id

SHOWN_VALUE = 200
"""How much of a cell a finding shows."""


@dataclass(frozen=True, slots=True)
class PreparedRow:
    """One row, mapped; `text` is the untouched row as JSON, `digest` its hash."""

    line: int
    id: UUID
    digest: str
    text: str
    event: EventContent
    claims: dict[UUID, ClaimContent]
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class PreparedClaim:
    """One row that is a claim about the event of another row."""

    line: int
    event_id: UUID
    digest: str
    text: str
    part: Part


Named = tuple[str | None, str]
"""Who is named: the dataset of the rows, None for the import's, and a slug."""


@dataclass(slots=True)
class Batch:
    """Some rows of a file, what is wrong with others, and whom the rows name."""

    rows: list[PreparedRow] = field(default_factory=list)
    claims: list[PreparedClaim] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    datasets: dict[str, DatasetFacts] = field(default_factory=dict)
    actors: dict[Named, ActorFacts] = field(default_factory=dict)
    sources: dict[Named, SourceFacts] = field(default_factory=dict)
    rejected: int = 0
    bytes_read: int = 0

    @property
    def size(self) -> int:
        """How many rows have been read for it."""
        return len(self.rows) + len(self.claims) + self.rejected

    def reject(self, finding: Finding) -> None:
        """Leave a row out."""
        self.rejected += 1
        self.findings.append(finding)


def prepare(
    path: Path, format: Format, context: Context, most_bytes: int, batch_rows: int
) -> Iterator[Batch]:
    """Read and map a whole file; the last batch may be empty."""
    seen: dict[str, int] = {}
    with open_file(path) as opened:
        batch = Batch()
        for row in format.read(Lines(opened.text, most_bytes)):
            if isinstance(row, Finding):
                batch.reject(row)
            else:
                _add(batch, row, format, context, seen)
            if batch.size >= batch_rows:
                yield _ended(batch, opened)
                batch = Batch()
        yield _ended(batch, opened)


def _ended(batch: Batch, opened: OpenFile) -> Batch:
    batch.bytes_read = opened.position
    return batch


def _add(
    batch: Batch, row: SourceRow, format: Format, context: Context, seen: dict[str, int]
) -> None:
    try:
        mapped = format.map_row(row, context)
        if isinstance(mapped, MappedClaim):
            batch.claims.append(_prepared_claim(row, mapped, context))
        else:
            batch.rows.append(_prepared(row, mapped, context, seen))
            batch.datasets.update((each.slug, each) for each in mapped.datasets)
            batch.actors.update(((each.dataset, each.slug), each) for each in mapped.actors)
    except BadRow as bad:
        batch.reject(_finding(REJECTION, row.line, bad.column, bad.value, bad.reason))
        return
    batch.sources.update(((each.dataset, each.slug), each) for each in mapped.sources)
    batch.findings += [_finding(WARNING, row.line, *warning) for warning in mapped.warnings]


def _prepared(
    row: SourceRow, mapped: Mapped, context: Context, seen: dict[str, int]
) -> PreparedRow:
    event = checked_event(mapped.event)
    for claim in mapped.claims.values():
        check_claim(claim)
    external_id, origin = event["external_id"], mapped.origin
    event_id = origin.id if origin else record_id(context.dataset, str(external_id))
    known = str(event_id) if origin else str(external_id)
    if known in seen:
        raise BadRow(None, known, f"the same record is on line {seen[known]}")
    seen[known] = row.line
    text, digest = _kept_text(row)
    ids = origin.claim_ids if origin else {key: claim_id(event_id, key) for key in mapped.claims}
    claims = {ids[key]: claim for key, claim in mapped.claims.items()}
    return PreparedRow(row.line, event_id, digest, text, event, claims, origin)


def _prepared_claim(row: SourceRow, mapped: MappedClaim, context: Context) -> PreparedClaim:
    check_claim(mapped.claim)
    event_id = record_id(context.dataset, mapped.event)
    text, digest = _kept_text(row)
    part = Part(claim_id(event_id, mapped.key), mapped.claim, mapped.confidence)
    return PreparedClaim(row.line, event_id, digest, text, part)


def _kept_text(row: SourceRow) -> tuple[str, str]:
    """The untouched row as JSON, and its hash."""
    text = orjson.dumps(dict(row.cells))
    return text.decode(), blake2b(text, digest_size=16).hexdigest()


def _finding(severity: str, line: int, *said: Any) -> Finding:
    column, value, reason = said
    return Finding(severity, line, column, value[:SHOWN_VALUE] if value else value, reason)
