"""The sections of the report: what was measured beside what is to be reached."""

from benchmarks.exports import Exported
from benchmarks.past_reads import PastPage
from benchmarks.query_times import Depth, Taken
from benchmarks.sections import (
    Section,
    depth_section,
    exports_section,
    past_section,
    times_section,
    writes_section,
)
from benchmarks.writes import Writing

SECTIONS = [
    (
        times_section(
            "sqlite", 1000, [Taken("box", "a box", "database", 0.5, 1.25, 2.0, None, 0.75)]
        ),
        "a box database 0.50 ≤ 2 1.25 0.75",
    ),
    (depth_section("sqlite", 1000, Depth(20_000, 0.5, 0.6)), "0.50 0.60 1.20 ≤ 1.1"),
    (
        past_section("sqlite", 1000, [PastPage("all", "country", 0.5, 2.0, "≤ 10 ms", True)]),
        "all revised, country 0.50 2.00 4.0 ≤ 10 ms",
    ),
    (
        writes_section("sqlite", 1000, Writing(900.0, 100.0, 100.0, 1000.0)),
        "POST event 900 100 100 1,000 0.100 ≥ 0.06",
    ),
    (
        exports_section("sqlite", 1000, [Exported("csv", 1e5, 0.9, 40.0, "≤ 80 MB")]),
        "csv 100,000 0.90 40 ≤ 80 MB",
    ),
]


def words_of(section: Section) -> str:
    """The last line of a section, with single blanks."""
    return " ".join(section.as_text().splitlines()[-1].split())


def test_each_says_what_was_measured_and_what_is_wanted() -> None:
    assert [words_of(section).endswith(wanted) for section, wanted in SECTIONS] == [True] * 5
