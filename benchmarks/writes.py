"""Single writes: the CPU of a POST beside that of validating and echoing its body."""

import asyncio
import json
from dataclasses import dataclass
from statistics import median
from typing import Any

from app.auth.keys import create_first_admin_key
from app.db.connect import connect
from app.settings import Settings
from benchmarks.databases import Prepared
from benchmarks.load import KEY, Measured, Order
from benchmarks.measure import CONNECTIONS, WARM_UP, run_order
from benchmarks.records import contents
from benchmarks.servers import WRITES, Server, running

WANTED = 0.06
PATHS = {"ours": "/v1/events", "e": "/echo"}


@dataclass(frozen=True)
class Writing:
    """Microseconds of server CPU per POST, ours and the echo's, and of the database."""

    ours_us: float
    echo_us: float
    database_us: float
    rate: float

    @property
    def share(self) -> float:
        """The ratio to the echo, in CPU of the server and the database together."""
        return self.echo_us / (self.ours_us + self.database_us)


def measure_writes(database: Prepared, seconds: float, rounds: int) -> Writing:
    """POST the same event again and again, to each server in turn; it has no id of its own."""
    asyncio.run(_give_key(database.url))
    content: dict[str, Any] = {**next(iter(contents(range(7, 8))))[0], "external_id": None}
    body = json.dumps(content)
    taken: dict[str, list[Measured]] = {name: [] for name in WRITES}
    with running(database, WRITES) as servers:
        for name, server in servers.items():
            run_order(_order(database, server, name, body, WARM_UP))
        for _ in range(rounds):
            for name, server in servers.items():
                taken[name].append(run_order(_order(database, server, name, body, seconds)))
    return Writing(
        median(each.server_cpu / each.requests * 1e6 for each in taken["ours"]),
        median(each.server_cpu / each.requests * 1e6 for each in taken["e"]),
        median(each.database_cpu / each.requests * 1e6 for each in taken["ours"]),
        median(each.requests / each.seconds for each in taken["ours"]),
    )


def _order(database: Prepared, server: Server, name: str, body: str, seconds: float) -> Order:
    pid = database.server_pid
    return Order(server.port, server.pid, pid, [PATHS[name]], seconds, CONNECTIONS, body)


async def _give_key(url: str) -> None:
    database = connect(Settings(database_url=url))
    await database.open()
    await database.write(lambda write: create_first_admin_key(write, KEY, b""))
    await database.close()
