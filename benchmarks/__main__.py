"""`python -m benchmarks`: measure, and write down what was measured."""

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks import imports
from benchmarks.databases import prepared
from benchmarks.measure import measure
from benchmarks.operations import draw
from benchmarks.report import Results, as_table, write_all
from benchmarks.servers import running


def main() -> None:
    """Measure what is asked for."""
    if sys.argv[1:2] == ["import"]:
        imports.main(sys.argv[2:])
    else:
        reads()


def reads() -> None:
    """Measure each database in turn."""
    arguments = read_arguments()
    # So that what was started is stopped too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    output: Path = arguments.output or Path(tempfile.mkdtemp(prefix="annals-bench-"))
    kinds = ["sqlite", "postgresql"] if arguments.database == "both" else [arguments.database]
    results: list[Results] = []
    for kind in kinds:
        with prepared(kind, arguments.events) as database:
            operations = asyncio.run(draw(database.url))
            if arguments.only:
                operations = [each for each in operations if each.name in arguments.only]
            with running(database) as servers:
                rows = measure(database, servers, operations, arguments.seconds, arguments.rounds)
        results.append(Results(kind, arguments.events, rows))
        print(f"\n{as_table(results[-1])}\n")
    write_all(results, output)
    print(f"Written to {output}: results.txt, results.json, results.svg")


def read_arguments() -> argparse.Namespace:
    """What is on the command line."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--events", type=int, default=200_000, help="how many events (200,000)")
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql", "both"), default="both", help="which (both)"
    )
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="length of one measurement (1.0)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (5)")
    parser.add_argument("--only", nargs="*", help="these operations: get, page, dyad, words, count")
    parser.add_argument("--output", type=Path, help="the folder for the results (temporary)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
