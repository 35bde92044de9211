"""The sections of the report beside the table of requests: a heading, and rows under columns."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.exports import Exported
from benchmarks.past_reads import PastPage
from benchmarks.query_times import Depth, Taken
from benchmarks.writes import WANTED, Writing


@dataclass(frozen=True)
class Section:
    """One section; `figures` are the source of the rows, for the JSON."""

    database: str
    events: int
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: Sequence[Any]

    def as_text(self) -> str:
        """Format rows under their columns, the first aligned left and the others right."""
        table = [list(self.columns), *map(list, self.rows)]
        widths = [max(len(row[number]) for row in table) for number in range(len(self.columns))]
        lines = [
            "  ".join(
                cell.ljust(width) if number == 0 else cell.rjust(width)
                for number, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in table
        ]
        return "\n".join([f"{self.database}, {self.events:,} events: {self.title}", *lines])

    def as_json(self) -> dict[str, Any]:
        """Return the section with its figures as they were measured."""
        return {
            "database": self.database,
            "events": self.events,
            "title": self.title,
            "figures": [asdict(each) for each in self.figures],
        }


def times_section(database: str, events: int, taken: Sequence[Taken]) -> Section:
    """Build the section with times of single queries."""
    rows = [
        [
            each.title,
            each.clock,
            f"{each.median_ms:.2f}",
            f"≤ {each.within:g}" if each.within is not None else "",
            f"{each.slowest_ms:.2f}",
            f"≤ {each.worst:g}" if each.worst is not None else "",
            f"{each.cpu_ms:.2f}",
        ]
        for each in taken
    ]
    columns = ["question", "clock", "median ms", "to reach", "slowest ms", "to reach", "CPU ms"]
    return Section(database, events, "times of single questions", columns, rows, taken)


def depth_section(database: str, events: int, depth: Depth) -> Section:
    """Build the section about deep pages."""
    row = [
        f"page {depth.rows:,} events deep",
        f"{depth.first_ms:.2f}",
        f"{depth.deep_ms:.2f}",
        f"{depth.deep_ms / depth.first_ms:.2f}",
        "≤ 1.1",
    ]
    columns = ["question", "first ms", "deep ms", "times", "to reach"]
    return Section(database, events, "walking", columns, [row], [depth])


def past_section(database: str, events: int, pages: Sequence[PastPage]) -> Section:
    """Build the section about pages of the past."""
    rows = [
        [
            f"{each.revised} revised, {each.page}",
            f"{each.now_ms:.2f}",
            f"{each.then_ms:.2f}",
            f"{each.then_ms / each.now_ms:.1f}",
            each.wanted,
        ]
        for each in pages
    ]
    columns = ["page", "now ms", "as of the first load ms", "times", "to reach"]
    return Section(database, events, "the past", columns, rows, pages)


def writes_section(database: str, events: int, writing: Writing) -> Section:
    """Build the section about single writes."""
    row = [
        "POST event",
        f"{writing.ours_us:.0f}",
        f"{writing.database_us:.0f}" if writing.database_us else "",
        f"{writing.echo_us:.0f}",
        f"{writing.rate:,.0f}",
        f"{writing.share:.3f}",
        f"≥ {WANTED:g}",
    ]
    columns = ["", "CPU µs", "database µs", "echo's µs", "requests/s", "of the echo", "to reach"]
    return Section(database, events, "recording one by one", columns, [row], [writing])


def exports_section(database: str, events: int, exported: Sequence[Exported]) -> Section:
    """Build the section about full exports."""
    rows = [
        [
            each.format,
            f"{each.rows_a_second:,.0f}",
            f"{each.of_raw:.2f}",
            f"{each.memory_mb:.0f}",
            each.wanted,
        ]
        for each in exported
    ]
    columns = ["export", "rows/s", "of the bare fetch", "MB above idle", "to reach"]
    return Section(database, events, "everything at once", columns, rows, exported)
