"""`dev.py bench import`: a provider's rows end to end, beside the bare load of the same rows."""

import argparse
import asyncio
import json
import multiprocessing
import resource
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import perf_counter, sleep
from urllib.parse import urlsplit, urlunsplit

import psutil

from app.db.connect import connect
from app.db.migrations import migrate
from app.ingest.import_options import ImportOptions
from app.ingest.report import ImportReport
from app.ingest.run import run_import
from app.resources.actors.seeding import seed_actors
from app.settings import Settings
from benchmarks.bare_load import load_bare
from benchmarks.cpu import cpu_seconds
from benchmarks.databases import server
from benchmarks.provider_rows import SAMPLES, write_rows
from benchmarks.stages import Stages, measure_stages
from tests import databases as postgres

TARGETS = {"sqlite": 0.75, "postgresql": 0.70}
MOST_MEMORY_MB = 200
LOOK_SECONDS = 0.05


@dataclass
class Measured:
    """The figures of one database: rows per second both ways, and the use of our processes."""

    database: str
    format: str
    rows: int
    ours_seconds: float
    bare_seconds: float
    importer_cpu: float
    mapping_cpu: float
    server_cpu: float
    bare_cpu: float
    bare_server_cpu: float
    peak_mb: float

    @property
    def ratio(self) -> float:
        """The rate of the import divided by that of the bare load."""
        return self.bare_seconds / self.ours_seconds


def main(line: list[str]) -> None:
    """Measure each database in turn."""
    arguments = _read_arguments(line)
    kinds = ["sqlite", "postgresql"] if arguments.database == "both" else [arguments.database]
    results: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="annals-import-") as folder:
        file = write_rows(arguments.format, arguments.rows, Path(folder) / "rows")
        stages = measure_stages(arguments.format, file)
        for kind in kinds:
            with _make_databases(kind, Path(folder)) as databases:
                measured = _measure(kind, arguments, file, databases)
            results.append(measured)
            print(_format_figures(measured))
    print(_name_place(stages))
    if arguments.output:
        document = {"results": [asdict(each) for each in results], "stages": asdict(stages)}
        arguments.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _measure(
    kind: str, arguments: argparse.Namespace, file: Path, databases: "_Databases"
) -> Measured:
    ours, bare = databases.ours, databases.bare
    before = databases.cpu()
    with _watch_import() as watch:
        began = perf_counter()
        report = asyncio.run(_import(ours, file, arguments))
        seconds = perf_counter() - began
    between = databases.cpu()
    if report.rows.created != arguments.rows:
        raise SystemExit(f"Not every row is new: {report.rows.to_document()}")
    loaded = load_bare(kind, ours, bare, databases.cpu)
    return Measured(
        kind,
        arguments.format,
        loaded.events,
        seconds,
        loaded.seconds,
        watch.importer_cpu,
        watch.mapping_cpu,
        between - before,
        loaded.cpu,
        loaded.server_cpu,
        watch.peak_bytes / 1e6,
    )


async def _import(url: str, file: Path, arguments: argparse.Namespace) -> ImportReport:
    database = connect(Settings(database_url=url))
    await database.open()
    try:
        order = ImportOptions(arguments.format, batch_rows=arguments.batch)
        return await run_import(database, file, order)
    finally:
        await database.close()


class _Watch:
    """A thread that watches this process and its children."""

    def __init__(self) -> None:
        self.importer_cpu = 0.0
        self.mapping_cpu = 0.0
        self.peak_bytes = 0
        self.is_over = False

    def look(self) -> None:
        """Watch until stopped."""
        me = psutil.Process()
        base = _read_memory(me)
        before, children_before = _read_cpu(), resource.getrusage(resource.RUSAGE_CHILDREN)
        while not self.is_over:
            held = (
                _read_memory(me)
                - base
                + sum(map(_read_mapping_memory, multiprocessing.active_children()))
            )
            self.peak_bytes = max(self.peak_bytes, held)
            sleep(LOOK_SECONDS)
        self.importer_cpu = _read_cpu() - before
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.mapping_cpu = children.ru_utime + children.ru_stime
        self.mapping_cpu -= children_before.ru_utime + children_before.ru_stime


def _read_memory(process: psutil.Process) -> int:
    """Return the memory of a process, without files that it shares with others."""
    found = process.memory_info()
    return int(found.rss - found.shared)


def _read_mapping_memory(mapping: BaseProcess) -> int:
    """Return the memory of a mapping process, while it runs."""
    try:
        return _read_memory(psutil.Process(mapping.pid))
    except psutil.Error:
        return 0


def _read_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextmanager
def _watch_import() -> Iterator[_Watch]:
    watch = _Watch()
    thread = threading.Thread(target=watch.look)
    thread.start()
    try:
        yield watch
    finally:
        watch.is_over = True
        thread.join()


@dataclass
class _Databases:
    """Two empty databases, and the process of the server if it runs here."""

    ours: str
    bare: str
    server_pid: int | None = None

    def cpu(self) -> float:
        """Return the CPU time of the server's processes so far, including those that have ended."""
        if self.server_pid is None:
            return 0.0
        found = psutil.Process(self.server_pid)
        times = found.cpu_times()
        ended = times.user + times.system + times.children_user + times.children_system
        return float(ended) + sum(cpu_seconds(each.pid for each in found.children()).values())


@contextmanager
def _make_databases(kind: str, folder: Path) -> Iterator[_Databases]:
    """Yield two empty databases: one with the vocabulary's actors for the import, one bare."""
    if kind == "sqlite":
        urls = f"sqlite:///{folder / 'ours.db'}", f"sqlite:///{folder / 'bare.db'}"
        _make(*urls)
        yield _Databases(*urls)
        return
    kept = Path(tempfile.gettempdir()) / "annals-measured"
    kept.mkdir(exist_ok=True)
    with server(kept) as (server_url, pid):
        urls = _get_url(server_url, "import_ours"), _get_url(server_url, "import_bare")
        for name in ("import_ours", "import_bare"):
            asyncio.run(
                postgres.execute(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            )
            asyncio.run(postgres.execute(server_url, f"CREATE DATABASE {name}"))
        _make(*urls)
        yield _Databases(*urls, pid)


def _get_url(server_url: str, name: str) -> str:
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


def _make(ours: str, bare: str) -> None:
    for url in (ours, bare):
        migrate(url)
    asyncio.run(_seed(ours))


async def _seed(url: str) -> None:
    database = connect(Settings(database_url=url))
    await database.open()
    await database.write(seed_actors)
    await database.close()


def _format_figures(each: Measured) -> str:
    return (
        f"{each.database}, {each.rows:,} rows of {each.format}\n"
        f"  import    {each.rows / each.ours_seconds:>9,.0f} rows/s {each.ours_seconds:>8.1f} s\n"
        f"  bare load {each.rows / each.bare_seconds:>9,.0f} rows/s {each.bare_seconds:>8.1f} s\n"
        f"  ratio     {each.ratio:>9.2f}   (to reach {TARGETS[each.database]:.2f})\n"
        f"  CPU       import: {each.importer_cpu:.1f} s writing, {each.mapping_cpu:.1f} s mapping,"
        f" {each.server_cpu:.1f} s in the server; bare load: {each.bare_cpu:.1f} s writing,"
        f" {each.bare_server_cpu:.1f} s in the server\n"
        f"  memory    {each.peak_mb:,.0f} MB above idle at most, both processes together"
        f" (to reach {MOST_MEMORY_MB})"
    )


def _name_place(stages: Stages) -> str:
    total = sum(stages.microseconds.values())
    lines = [f"where the mapping process's {total:,.0f} µs a row go"]
    for name, spent in stages.microseconds.items():
        lines.append(f"  {name:<40}{spent:>7,.1f} µs {spent / total:>5.0%}")
    return "\n".join(lines)


def _read_arguments(line: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py bench import", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="how many rows (100,000)")
    parser.add_argument(
        "--format", choices=tuple(SAMPLES), default="gdelt-events", help="whose rows"
    )
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql", "both"), default="both", help="which (both)"
    )
    parser.add_argument("--batch", type=int, default=1_000, help="rows of a batch (1,000)")
    parser.add_argument("--output", type=Path, help="a file for the figures, as JSON")
    return parser.parse_args(line)
