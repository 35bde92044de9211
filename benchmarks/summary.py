"""`dev.py bench table`: the results of several runs beside their targets, in one table.

`docs/performance.md` has this table, and `benchmarks/results` the runs behind it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.exports import MOST_MEMORY_MB, OF_RAW, ROWS_A_SECOND
from benchmarks.imports import MOST_MEMORY_MB as MOST_IMPORT_MB
from benchmarks.imports import TARGETS as IMPORT_TARGETS
from benchmarks.report import TARGETS
from benchmarks.writes import WANTED

RESULTS = Path(__file__).parent / "results"
"""The runs in `docs/performance.md`."""

Column = tuple[str, int]
"""A database, and how many events or rows there were."""

Cells = dict[str, dict[Column, str]]
"""The figures of the table, by row and column; a missed target is in bold."""


def main() -> None:
    """Print the table."""
    print(as_markdown(kept_documents()))


def kept_documents() -> list[dict[str, Any]]:
    """Load the stored results by the name of their file."""
    return [json.loads(path.read_bytes()) for path in sorted(RESULTS.glob("*.json"))]


def as_markdown(documents: Sequence[Mapping[str, Any]]) -> str:
    """Format a row per target and a column per database, then the imports."""
    imports = [each for found in documents if "stages" in found for each in found["results"]]
    cells: Cells = {}
    for document in documents:
        if "stages" not in document:
            for name, column, cell in _find_figures(document):
                cells.setdefault(name, {})[column] = cell
    columns = sorted({each for row in cells.values() for each in row}, key=_place)
    head = ["", *(f"{NAMES[database]}, {_shorten(events)}" for database, events in columns)]
    rows = [[name, *(row.get(each, "") for each in columns)] for name, row in cells.items()]
    tables = [[head, *rows]] if rows else []
    if imports:
        tables.append([list(IMPORT_HEAD), *map(_import, imports)])
    return "\n\n".join(map(_format_table, tables))


def _format_table(rows: Sequence[Sequence[str]]) -> str:
    head, *others = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *others])


NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def _place(column: Column) -> tuple[int, int]:
    return column[1], list(NAMES).index(column[0])


def _shorten(events: int) -> str:
    return f"{events / 1e6:g} M" if events >= 1_000_000 else f"{events / 1e3:g} k"


def _find_figures(document: Mapping[str, Any]) -> Iterator[tuple[str, Column, str]]:
    for each in document["results"]:
        yield from _list_requests((each["database"], each["events"]), each["figures"])
    for each in document["sections"]:
        read = SECTIONS[each["title"]]
        column = each["database"], each["events"]
        yield from ((name, column, cell) for name, cell in read(each["database"], each["figures"]))


def _list_requests(
    column: Column, figures: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, Column, str]]:
    for name in dict.fromkeys(each["operation"] for each in figures):
        by_server = {each["server"]: each for each in figures if each["operation"] == name}
        if (column[0], name) not in TARGETS:
            continue
        ours, bare, plain = (by_server[key]["server_us"] for key in ("ours", "f", "n"))
        share, times = TARGETS[column[0], name]
        cell = f"{ours:,.0f} µs: {_format_least(bare / ours, share, '.2f')} of bare"
        title = by_server["ours"]["title"]
        yield title, column, f"{cell}, {_format_least(plain / ours, times, '.1f')} × plain"


IMPORT_HEAD = ("import", "rows", "rows/s", "of the bare load", "MB above idle")


def _import(each: Mapping[str, Any]) -> list[str]:
    ratio = each["bare_seconds"] / each["ours_seconds"]
    return [
        f"{NAMES[each['database']]}, {each['format']}",
        f"{each['rows']:,}",
        f"{each['rows'] / each['ours_seconds']:,.0f}",
        _format_least(ratio, IMPORT_TARGETS[each["database"]], ".2f"),
        _format_most(each["peak_mb"], MOST_IMPORT_MB, ".0f"),
    ]


def _list_times(_: str, figures: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for each in figures:
        if each["within"] is None:
            continue
        median = _format_most(each["median_ms"], each["within"], ".2f")
        slowest = _format_most(each["slowest_ms"], each["worst"], ".2f")
        yield each["title"], f"{median} ms, the slowest {slowest}"


def _list_walks(_: str, figures: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for each in figures:
        times = _format_most(each["deep_ms"] / each["first_ms"], 1.1, ".2f")
        yield f"page {each['rows']:,} events deep", f"{times} × the first"


def _list_past(_: str, figures: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for each in figures:
        then = f"{each['then_ms']:.2f} ms, {each['then_ms'] / each['now_ms']:.1f} × now"
        yield (
            f"as of before {each['revised']} was revised, {each['page']}",
            then if each["reached"] else f"**{then}**",
        )


def _list_writes(_: str, figures: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for each in figures:
        taken = each["ours_us"] + each["database_us"]
        share = _format_least(each["echo_us"] / taken, WANTED, ".3f")
        yield "POST event", f"{taken:,.0f} µs, the database's too: {share} of the echo"


def _list_exports(database: str, figures: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for each in figures:
        format = each["format"]
        rate = _format_least(
            each["rows_a_second"], ROWS_A_SECOND.get((database, format), 0), ",.0f"
        )
        share = _format_least(each["of_raw"], OF_RAW.get(format, 0), ".2f")
        memory = _format_most(each["memory_mb"], MOST_MEMORY_MB[format], ".0f")
        yield f"export as {format}", f"{rate} rows/s: {share} of the bare fetch, {memory} MB"


SECTIONS = {
    "times of single questions": _list_times,
    "walking": _list_walks,
    "the past": _list_past,
    "recording one by one": _list_writes,
    "everything at once": _list_exports,
}
"""By the title of a section of the report: what reads its figures."""


def _format_least(value: float, wanted: float, form: str) -> str:
    return _format_value(value, value >= wanted, form)


def _format_most(value: float, wanted: float | None, form: str) -> str:
    return _format_value(value, wanted is None or value <= wanted, form)


def _format_value(value: float, reached: bool, form: str) -> str:
    return f"{value:{form}}" if reached else f"**{value:{form}}**"
