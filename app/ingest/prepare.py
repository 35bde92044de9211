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
from app.ingest.format import (
    ActorFacts,
    BadRow,
    Context,
    Format,
    SourceFacts,
    SourceRow,
)
from app.ingest.lines import Lines
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


@dataclass(slots=True)
class Batch:
    """Some rows of a file, what is wrong with others, and whom the rows name."""

    rows: list[PreparedRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    actors: dict[str, ActorFacts] = field(default_factory=dict)
    sources: dict[str, SourceFacts] = field(default_factory=dict)
    rejected: int = 0
    bytes_read: int = 0

    @property
    def size(self) -> int:
        """How many rows have been read for it."""
        return len(self.rows) + self.rejected

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
        event = checked_event(mapped.event)
        for claim in mapped.claims.values():
            check_claim(claim)
        external_id = str(event["external_id"])
        if external_id in seen:
            raise BadRow(None, external_id, f"the same record is on line {seen[external_id]}")
    except BadRow as bad:
        batch.reject(_finding(REJECTION, row.line, bad.column, bad.value, bad.reason))
        return
    seen[external_id] = row.line
    event_id = record_id(context.dataset, external_id)
    text = orjson.dumps(dict(row.cells))
    claims = {claim_id(event_id, key): claim for key, claim in mapped.claims.items()}
    digest = blake2b(text, digest_size=16).hexdigest()
    batch.rows.append(PreparedRow(row.line, event_id, digest, text.decode(), event, claims))
    batch.actors.update((each.slug, each) for each in mapped.actors)
    batch.sources.update((each.slug, each) for each in mapped.sources)
    batch.findings += [_finding(WARNING, row.line, *warning) for warning in mapped.warnings]


def _finding(severity: str, line: int, *said: Any) -> Finding:
    column, value, reason = said
    return Finding(severity, line, column, value[:SHOWN_VALUE] if value else value, reason)
