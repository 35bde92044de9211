"""What an import did with each row of its file, and what it found wrong with some of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from app.ingest.coverage import Coverage
from app.record.links.publishing import PublishedSlug

MOST_HELD_FINDINGS = 1000
"""How many findings of a list a report holds itself."""

SHOWN_CELL, SHOWN_REASON = 200, 1000
"""How much of a cell, and of what is said about it, a finding shows."""

REJECTION = "rejection"
CONFLICT = "conflict"
WARNING = "warning"
PUBLISHED = "published"
"""Stands where a job stores what it made public: `column` is the noun, `value` the slug."""


@dataclass(frozen=True, slots=True)
class RowFinding:
    """Something about one row: `line` counts from 1 in the file, `column` is the provider's.

    Of a record whose row is gone there is no line, and its external id is the `value`.

    A rejection keeps the row out. A conflict says that an editor's value stays where the
    provider has another one; its `column` is a field of the record. A warning changes nothing.
    """

    severity: str
    line: int | None
    column: str | None
    value: str | None
    reason: str

    def to_document(self) -> dict[str, Any]:
        """The finding as the report shows it."""
        return {
            "line": self.line,
            "column": self.column and self.column[:SHOWN_CELL],
            "value": self.value and self.value[:SHOWN_CELL],
            "reason": self.reason[:SHOWN_REASON],
        }


def get_list_name(finding: RowFinding) -> str:
    """The list that a finding is in."""
    return "rejections" if finding.severity == REJECTION else "warnings"


@dataclass(slots=True)
class RowCounts:
    """How many rows became of which kind; the parts sum to `read`."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    waiting: int = 0
    conflicted: int = 0
    rejected: int = 0

    def add(self, other: "RowCounts") -> None:
        """Add the counts of one batch."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def count(self, outcome: str, rows: int = 1) -> None:
        """Count rows by what became of them."""
        self.read += rows
        setattr(self, outcome, getattr(self, outcome) + rows)

    def to_document(self) -> dict[str, int]:
        """The counts by name, in the order of the report."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True)
class RemovalCounts:
    """What comes of the records whose row is gone from the part that the file speaks for.

    `found` counts those that nobody edited, `confirm` those that wait for their confirmation.
    """

    found: int = 0
    removed: int = 0
    confirm: int | None = None
    coverage: Coverage | None = None

    def to_document(self) -> dict[str, Any]:
        """The removals as they are shown."""
        return {"found": self.found, "removed": self.removed, "confirm": self.confirm}


@dataclass(slots=True)
class ImportReport:
    """The outcome of an import: the format that was found and why, dataset, counts and findings.

    `rejections` and `warnings` (conflicts among them) hold the first thousand of each; `found`
    counts all. There are no `removals` where it is not known what the file speaks for. `published`
    are the private records that it made public, or in a dry run would.
    """

    format: str
    dataset: str
    dry_run: bool
    reason: str | None = None
    rows: RowCounts = field(default_factory=RowCounts)
    rejections: list[RowFinding] = field(default_factory=list)
    warnings: list[RowFinding] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    published: list[PublishedSlug] = field(default_factory=list)
    removals: RemovalCounts | None = None

    def add(self, rows: RowCounts, findings: Iterable[RowFinding]) -> None:
        """Add one batch."""
        self.rows.add(rows)
        for finding in findings:
            name = get_list_name(finding)
            self.found[name] += 1
            if self.found[name] <= MOST_HELD_FINDINGS:
                getattr(self, name).append(finding)
