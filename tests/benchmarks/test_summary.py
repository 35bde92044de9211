"""The table of all that was measured; docs/performance.md has that of the results kept."""

from benchmarks.summary import as_markdown, kept_documents
from tests.source import ROOT

GET = {"operation": "get", "title": "event by id", "server_us": 100.0}
REQUESTS = {
    "results": [
        {
            "database": "sqlite",
            "events": 200_000,
            "figures": [
                {**GET, "server": "f", "server_us": 30.0},
                {**GET, "server": "ours"},
                {**GET, "server": "n", "server_us": 1000.0},
            ],
        }
    ],
    "sections": [
        {
            "database": "postgresql",
            "events": 1_000_000,
            "title": "recording one by one",
            "figures": [{"ours_us": 600.0, "database_us": 400.0, "echo_us": 50.0}],
        }
    ],
}


def test_what_is_missed_is_in_bold() -> None:
    assert as_markdown([REQUESTS]).splitlines() == [
        "|  | SQLite, 200 k | PostgreSQL, 1 M |",
        "| --- | --- | --- |",
        "| event by id | 100 µs: 0.30 of bare, **10.0** × plain |  |",
        "| POST event |  | 1,000 µs, the database's too: **0.050** of the echo |",
    ]


def test_the_documentation_has_the_table_of_results() -> None:
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert as_markdown(kept_documents()) in page
