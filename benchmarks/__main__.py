"""`python -m benchmarks`: the measurements and their report."""

import argparse
import asyncio
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import imports, summary
from benchmarks.databases import Prepared, prepared, scratch
from benchmarks.exports import measure_exports
from benchmarks.measure import measure
from benchmarks.operations import draw
from benchmarks.past_reads import read_past
from benchmarks.query_times import take_depth, take_times
from benchmarks.report import Results, as_table, write_all
from benchmarks.sections import (
    Section,
    depth_section,
    exports_section,
    past_section,
    times_section,
    writes_section,
)
from benchmarks.servers import running
from benchmarks.writes import measure_writes

PARTS = ("requests", "times", "walking", "past", "writes", "exports")


def main() -> None:
    """Run the measurements that the command line names."""
    if sys.argv[1:2] == ["import"]:
        imports.main(sys.argv[2:])
    elif sys.argv[1:] == ["table"]:
        summary.main()
    else:
        reads()


def reads() -> None:
    """Measure reads on each database in turn."""
    arguments = read_arguments()
    # So that what was started is stopped too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    output: Path = arguments.output or Path(tempfile.mkdtemp(prefix="annals-bench-"))
    kinds = ["sqlite", "postgresql"] if arguments.database == "both" else [arguments.database]
    results: list[Results] = []
    sections: list[Section] = []
    for kind in kinds:
        with prepared(kind, arguments.events) as database:
            if "requests" in arguments.parts:
                results.append(requests_of(database, arguments))
                print(f"\n{as_table(results[-1])}\n")
            for section in sections_of(database, arguments):
                sections.append(section)
                print(f"\r{section.as_text()}\n")
        for section in written_sections(kind, arguments):
            sections.append(section)
            print(f"\r{section.as_text()}\n")
    write_all(results, sections, output)
    print(f"Written to {output}: results.txt, results.json, results.svg")


def requests_of(database: Prepared, arguments: argparse.Namespace) -> Results:
    """Measure the CPU of requests over real sockets."""
    operations = asyncio.run(draw(database.url))
    if arguments.only:
        operations = [each for each in operations if each.name in arguments.only]
    with running(database) as servers:
        rows = measure(database, servers, operations, arguments.seconds, arguments.rounds)
    return Results(database.kind, arguments.events, rows)


def sections_of(database: Prepared, arguments: argparse.Namespace) -> Iterator[Section]:
    """Measure the other sections that only read one filled database."""
    kind, events = database.kind, database.events
    if "times" in arguments.parts:
        yield times_section(kind, events, asyncio.run(take_times(database, arguments.only)))
    if "walking" in arguments.parts:
        yield depth_section(kind, events, asyncio.run(take_depth(database)))
    if "exports" in arguments.parts:
        yield exports_section(kind, events, measure_exports(database, arguments.rounds))


def written_sections(kind: str, arguments: argparse.Namespace) -> Iterator[Section]:
    """Measure the sections that need databases of their own."""
    events = arguments.events
    if "past" in arguments.parts:
        yield past_section(kind, events, read_past(kind, events))
    if "writes" in arguments.parts:
        with scratch(kind, events) as database:
            writing = measure_writes(database, arguments.seconds, arguments.rounds)
        yield writes_section(kind, events, writing)


def read_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"which parts: {', '.join(PARTS)} (all)")
    parser.add_argument("--events", type=int, default=200_000, help="how many events (200,000)")
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql", "both"), default="both", help="which (both)"
    )
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="length of one measurement (1.0)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (5)")
    parser.add_argument("--only", nargs="*", help="these requests and times: get, page, box …")
    parser.add_argument("--output", type=Path, help="the folder for the results (temporary)")
    arguments = parser.parse_args()
    arguments.parts = arguments.parts or list(PARTS)
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return arguments


if __name__ == "__main__":
    main()
