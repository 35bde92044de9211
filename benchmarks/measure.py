"""Measurement rounds: every operation on every server in turn, and the medians."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from benchmarks.databases import Prepared
from benchmarks.load import Measured, Order
from benchmarks.operations import Operation
from benchmarks.servers import ROOT, Server

CONNECTIONS = 16
WARM_UP = 0.5
LONGEST = 60.0
"""Seconds that a measurement may take beyond its own, to start and for its last answers."""


@dataclass(frozen=True)
class Figure:
    """One operation on one server: microseconds of CPU per request, and requests per second.

    `spread` is the distance between the fastest and the slowest round, as a share of the median.
    """

    operation: str
    title: str
    server: str
    server_us: float
    database_us: float
    rate: float
    body_bytes: int
    spread: float


def measure(
    database: Prepared,
    servers: Mapping[str, Server],
    operations: Sequence[Operation],
    seconds: float,
    rounds: int,
) -> list[Figure]:
    """Measure all operations; servers take turns, so that disturbances reach all of them."""
    return [
        figure
        for operation in operations
        for figure in _measure_one(database, servers, operation, seconds, rounds)
    ]


def _measure_one(
    database: Prepared,
    servers: Mapping[str, Server],
    operation: Operation,
    seconds: float,
    rounds: int,
) -> list[Figure]:
    first = run_order(_order(database, servers["ours"], operation.ours, WARM_UP))
    size = first.body_bytes // first.requests
    paths = {"f": [f"/body/{size}"], "m": [f"/body/{size}"], "ours": operation.ours}
    if operation.plain:
        paths["n"] = operation.plain
    orders = {
        name: _order(database, servers[name], asked, seconds) for name, asked in paths.items()
    }
    for name in paths.keys() - {"ours"}:
        run_order(_order(database, servers[name], paths[name], WARM_UP))
    taken: dict[str, list[Measured]] = {name: [] for name in paths}
    for number in range(rounds):
        print(f"\r{database.kind}: {operation.title}, round {number + 1} ", end="", flush=True)
        for name, order in orders.items():
            taken[name].append(run_order(order))
    return [_make_figure(operation, name, each) for name, each in taken.items()]


def _order(database: Prepared, server: Server, paths: Sequence[str], seconds: float) -> Order:
    return Order(server.port, server.pid, database.server_pid, paths, seconds, CONNECTIONS)


def run_order(order: Order) -> Measured:
    """Run the load on a server from a process of its own and return its measurement."""
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        cwd=ROOT,
        input=json.dumps(asdict(order)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=order.seconds + LONGEST,
    )
    return Measured(**json.loads(ended.stdout))


def _make_figure(operation: Operation, server: str, taken: Sequence[Measured]) -> Figure:
    costs = [each.server_cpu / each.requests * 1e6 for each in taken]
    middle = median(costs)
    return Figure(
        operation=operation.name,
        title=operation.title,
        server=server,
        server_us=middle,
        database_us=median(each.database_cpu / each.requests * 1e6 for each in taken),
        rate=median(each.requests / each.seconds for each in taken),
        body_bytes=sum(each.body_bytes for each in taken) // sum(each.requests for each in taken),
        spread=(max(costs) - min(costs)) / middle,
    )
