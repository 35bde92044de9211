"""The report of an import: the outcome of each row, and the findings about some of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from app.ingest.coverage import Coverage
from app.record.links.publishing import PublishedSlug

MOST_HELD_FINDINGS = 1000
"""The number of findings that a report holds per list."""

SHOWN_CELL, SHOWN_REASON = 200, 1000
"""The characters of a cell, and of a reason, that a finding shows."""

REJECTION = "rejection"
CONFLICT = "conflict"
WARNING = "warning"
PUBLISHED = "published"
"""The severity of a published record: `column` is its resource type, `value` its slug."""


@dataclass(frozen=True, slots=True)
class RowFinding:
    """A finding about a row: `line` counts from 1 in the file, `column` is the provider's.

    For a record whose row is missing there is no line, and `value` is its external id.

    A rejection keeps the row out. A conflict keeps an editor's value where the provider has another
    one; its `column` is a field of the record. A warning changes nothing.
    """

    severity: str
    line: int | None
    column: str | None
    value: str | None
    reason: str

    def to_document(self) -> dict[str, Any]:
        """Return the finding as the report shows it."""
        return {
            "line": self.line,
            "column": self.column and self.column[:SHOWN_CELL],
            "value": self.value and self.value[:SHOWN_CELL],
            "reason": self.reason[:SHOWN_REASON],
        }


def get_list_name(finding: RowFinding) -> str:
    """Return the name of the list that a finding belongs to."""
    return "rejections" if finding.severity == REJECTION else "warnings"


@dataclass(slots=True)
class RowCounts:
    """The number of rows by outcome; the outcomes add up to `read`."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    waiting: int = 0
    conflicted: int = 0
    rejected: int = 0

    def add(self, other: "RowCounts") -> None:
        """Add the counts of one batch."""
        for count in fields(self):
            setattr(self, count.name, getattr(self, count.name) + getattr(other, count.name))

    def count(self, outcome: str, rows: int = 1) -> None:
        """Count rows under an outcome."""
        self.read += rows
        setattr(self, outcome, getattr(self, outcome) + rows)

    def to_document(self) -> dict[str, int]:
        """Return the counts by name, in the order of the report."""
        return {count.name: getattr(self, count.name) for count in fields(self)}


@dataclass(frozen=True, slots=True)
class RemovalCounts:
    """The outcome for records whose row is missing from the file's coverage.

    `found` counts those without edits, `confirm` those awaiting a confirmation.
    """

    found: int = 0
    removed: int = 0
    confirm: int | None = None
    coverage: Coverage | None = None

    def to_document(self) -> dict[str, Any]:
        """Return the counts as the API shows them."""
        return {"found": self.found, "removed": self.removed, "confirm": self.confirm}


@dataclass(slots=True)
class ImportReport:
    """The report of an import: detected format and its reason, dataset, counts and findings.

    `rejections` and `warnings` (conflicts included) hold the first thousand of each; `found` counts
    all. `removals` is absent if the file's coverage is unknown. `published` lists the private
    records made public, or that would be in a dry run.
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
