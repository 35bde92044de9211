"""The outcome of a batch: the changes that its rows make, and the findings about them."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from app.ingest.mapping.map_rows import PreparedClaim, PreparedRow
from app.ingest.report import SHOWN_CELL, RowCounts, RowFinding
from app.record.save import EventChange

KEPT_BY_EDITOR = "an editor changed this too: the editor's value stays"


@dataclass(slots=True)
class BatchOutcome:
    """The changes of a batch: events, and the rows to store with their new text or mapping.

    `claims` are rows that are claims, each with a flag that is true while its event is missing; no
    row of the `attached_events` waits any longer.
    """

    changes: list[EventChange] = field(default_factory=list)
    stored_rows: list[PreparedRow] = field(default_factory=list)
    claims: list[tuple[PreparedClaim, bool]] = field(default_factory=list)
    attached_events: list[UUID] = field(default_factory=list)
    counts: RowCounts = field(default_factory=RowCounts)
    findings: list[RowFinding] = field(default_factory=list)

    def add(self, other: "BatchOutcome") -> "BatchOutcome":
        """Add another outcome's counts and findings, and return this one."""
        self.counts.add(other.counts)
        self.findings += other.findings
        return self


def make_row_finding(
    severity: str, row: PreparedRow | PreparedClaim, name: str | None, value: Any, reason: str
) -> RowFinding:
    """Return a finding about a row and the record that it maps to."""
    shown = value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
    return RowFinding(severity, row.line, name, shown and shown[:SHOWN_CELL], reason)
