"""PostgreSQL: hot reads straight on asyncpg, other reads and all writes through SQLAlchemy."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeVar

import asyncpg
from anyio import CancelScope
from sqlalchemy import (
    BigInteger,
    Connection,
    Dialect,
    Text,
    cast,
    column,
    func,
    select,
    table,
)
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.database import Reads
from app.db.driver_errors import ConnectionLost, get_sqlstate
from app.db.drivers.copy_stream import CopyStream
from app.db.drivers.engines import ACQUIRE_SECONDS, make_postgresql_engine, strip_driver
from app.db.drivers.postgresql_pool import (
    BorrowedConnection,
    PooledConnection,
    PoolSizes,
    ReaderPool,
    WriterPool,
    detect_loss,
    get_async_driver,
    open_shielded,
)
from app.db.limits.circuit_breaker import CircuitBreaker
from app.db.limits.deadlines import DAY_SECONDS, Deadlines
from app.db.limits.export_slots import ExportSlots
from app.db.limits.request_limits import LimitedWork
from app.db.limits.write_health import WriteHealth, WriteStatus
from app.db.statements import Row, Statement, fetch
from app.db.transaction import Transaction, TransactionOutOfOrder
from app.errors import Conflict, QuestionTooCostly, Unavailable
from app.values.ids import IdMaker

Result = TypeVar("Result")

ATTEMPTS = 5
SPARE_CONNECTIONS = 4
"""Connections for reads outside all shares: authentication, imports, the readiness probe."""

# A page is read by one process: workers cost more to start than they save (docs/design.md).
READ_SETTINGS = {
    "default_transaction_read_only": "on",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}
# A write finds its rows by their keys. With a new plan each time, as is PostgreSQL's default, its
# statements cost a quarter more, and find the rows in the same way.
WRITE_SETTINGS = {"plan_cache_mode": "force_generic_plan"}
BEGIN_BATCH = (
    "BEGIN; SET LOCAL statement_timeout = {0:.0f};"
    " SET LOCAL idle_in_transaction_session_timeout = {0:.0f}"
)
# Conflicts with another transaction: serialization, deadlock, and a unique key that it took first.
RETRYABLE_STATES = {"40001", "40P01", "23505"}
QUERY_CANCELED = "57014"
TOO_COSTLY = "the query took too long; ask for less"


class PostgresqlDatabase:
    """The production database; `read_url` may name a standby."""

    driver = "asyncpg"

    def __init__(
        self,
        url: str,
        read_url: str | None,
        *,
        clock: Callable[[], int],
        ids: IdMaker,
        connections: PoolSizes,
        deadlines: Deadlines,
    ) -> None:
        self._deadlines = deadlines
        self._breaker = self._read_breaker = CircuitBreaker(strip_driver(url), deadlines)
        if read_url is not None:
            self._read_breaker = CircuitBreaker(strip_driver(read_url), deadlines)
        self._clock = clock
        self._ids = ids
        self._connections = connections
        self._dialect: Dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
        self._writers = WriterPool(
            self._make_engine(self._breaker, WRITE_SETTINGS | _make_time_limits(deadlines.write)),
            self._breaker,
        )
        self._read_engine = self._make_engine(
            self._read_breaker, READ_SETTINGS | _make_time_limits(deadlines.query)
        )
        self._readers: ReaderPool | None = None
        self._exporters: ReaderPool | None = None
        self._exports = ExportSlots(
            connections.exports, deadlines.chunk, self._read_breaker.has_heard_since
        )
        self._health = WriteHealth()

    @property
    def write_status(self) -> WriteStatus:
        """The status of writes, as the last ones showed it."""
        return self._health.status

    async def open(self) -> None:
        """Open the pools of hot reads and of exports."""
        with self._translate_errors():
            most = self._connections
            whole = most.short + most.long + SPARE_CONNECTIONS
            limits = _make_time_limits(self._deadlines.query)
            self._readers = await self._open_pool(whole, READ_SETTINGS | limits, at_once=1)
            self._exporters = await self._open_pool(most.exports, READ_SETTINGS, at_once=0)

    async def _open_pool(self, size: int, settings: dict[str, str], *, at_once: int) -> ReaderPool:
        pool = await asyncpg.create_pool(
            connect=self._read_breaker.connect,
            init_size=at_once,
            min_size=0,
            max_size=size,
            reset=_skip_reset,
            server_settings=settings,
        )
        return ReaderPool(pool, ACQUIRE_SECONDS)

    async def close(self) -> None:
        """Close every connection."""
        pools = (self._readers, self._exporters)
        self._readers = self._exporters = None
        for pool in pools:
            if pool is not None:
                await pool.close()
        await self._writers.close()
        await self._read_engine.dispose()
        for breaker in {self._breaker, self._read_breaker}:
            await breaker.close()

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> list[Row]:
        """Run one select as a prepared statement, without a transaction around it."""
        compiled = statement.compile_for(self._dialect)
        select = partial(self._fetch, compiled.sql, compiled.list_arguments(values))
        async with LimitedWork(statement):
            fetched = await self._retry_if_lost(select)
        return compiled.read_rows(fetched)

    async def _fetch(self, sql: str, arguments: Sequence[Any]) -> list[asyncpg.Record]:
        async with self._lend_connection() as connection:
            return await connection.fetch(sql, *arguments)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` on a connection of the read engine."""
        async with LimitedWork():
            return await self._retry_if_lost(partial(self._read, work))

    async def _read(self, work: Callable[[Connection], Result]) -> Result:
        self._read_breaker.check()
        opening = self._read_engine.connect()
        connection = await open_shielded(opening.start(), AsyncConnection.close)
        try:
            driver = get_async_driver(connection)
            limit = self._read_breaker.watch(driver, self._deadlines.query)
            with limit, detect_loss(driver):
                return await connection.run_sync(work)
        finally:
            # A cancellation must not cancel this too.
            await asyncio.shield(asyncio.create_task(connection.close()))

    async def write(
        self,
        work: Callable[[Transaction], Result],
        *,
        by: str | None = None,
        is_batch: bool = False,
    ) -> Result:
        """Run `work` in a transaction, and again after a conflict with another one."""
        with self._health.watch_write(proves_space=by is not None and not is_batch):
            return await self._write_until_done(work, by, is_batch=is_batch)

    async def _write_until_done(
        self, work: Callable[[Transaction], Result], by: str | None, *, is_batch: bool
    ) -> Result:
        seconds = self._deadlines.batch if is_batch else self._deadlines.write
        begin = BEGIN_BATCH.format(seconds * 1000) if is_batch else "BEGIN"
        until = time.monotonic() + seconds
        lost: ConnectionLost | None = None
        for attempt in range(ATTEMPTS):
            try:
                async with self._writers.transaction(begin, until - time.monotonic()) as connection:
                    return await connection.run_sync(partial(self._run, work=work, by=by))
            except ConnectionLost as error:
                lost = error
            except TransactionOutOfOrder:
                lost = None
            except (DBAPIError, asyncpg.PostgresError) as error:
                if get_sqlstate(error) not in RETRYABLE_STATES:
                    raise
                lost = None
            await asyncio.sleep(0.01 * 2**attempt)
        if lost is not None:
            raise lost
        raise Conflict("other writers changed the same records again and again; try once more")

    def _run(
        self, connection: Connection, work: Callable[[Transaction], Result], by: str | None
    ) -> Result:
        def start() -> tuple[int, int, int]:
            (row,) = fetch(connection, TRANSACTION_NUMBER, {})
            return row[0], row[1], self._clock()

        return work(Transaction(connection, start=start, by=by, ids=self._ids))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reads]:
        """Read in one transaction that sees what was committed when it began."""
        async with LimitedWork():
            with self._translate_errors():
                async with (
                    self._lend_connection() as connection,
                    connection.transaction(isolation="repeatable_read", readonly=True),
                ):
                    yield _PostgresqlSnapshot(connection, self._dialect)

    @asynccontextmanager
    async def stream(
        self, statement: Statement, values: Mapping[str, Any], batch: int = 500
    ) -> AsyncIterator[AsyncIterator[list[Row]]]:
        """Stream a select through a server-side cursor."""
        compiled = statement.compile_for(self._dialect)
        with self._translate_errors():
            async with (
                self._exports.hold_slot(),
                BorrowedConnection(
                    _require_open(self._exporters), self._read_breaker, DAY_SECONDS
                ) as connection,
                connection.transaction(readonly=True),
            ):
                cursor = await connection.cursor(compiled.sql, *compiled.list_arguments(values))

                async def next_rows() -> list[asyncpg.Record]:
                    with self._read_breaker.watch(connection, self._deadlines.chunk):
                        return await cursor.fetch(batch)

                async def batches() -> AsyncIterator[list[Row]]:
                    while rows := await self._exports.wait_for_piece(next_rows()):
                        yield compiled.read_rows(rows)

                yield batches()

    @asynccontextmanager
    async def stream_lines(
        self, statement: Statement, values: Mapping[str, Any]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Stream a select of texts through COPY, which writes them as lines itself."""
        compiled = statement.compile_for(self._dialect)
        readers = _require_open(self._exporters)
        async with self._exports.hold_slot():
            with self._translate_errors():
                connection = await readers.take()
                limit = partial(self._read_breaker.watch, connection, self._deadlines.chunk)
                copy = CopyStream(connection, compiled.sql, compiled.list_arguments(values), limit)
                try:
                    yield self._exports.yield_pieces(copy.yield_chunks())
                finally:
                    await _release_copy(readers, connection, copy)

    async def _retry_if_lost(self, read: Callable[[], Awaitable[Result]]) -> Result:
        """Run a read, and repeat it if its connection was lost meanwhile."""
        with self._translate_errors():
            try:
                return await read()
            except ConnectionLost:
                return await read()

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Translate failures of a read, and its end after too long a time."""
        with self._health.watch_read():
            try:
                yield
            except (DBAPIError, asyncpg.PostgresError) as error:
                if get_sqlstate(error) != QUERY_CANCELED:
                    raise
                raise QuestionTooCostly(TOO_COSTLY) from error

    def _make_engine(self, breaker: CircuitBreaker, settings: dict[str, str]) -> AsyncEngine:
        return make_postgresql_engine(
            "postgresql://",
            pool_size=self._connections.short,
            max_overflow=self._connections.long + SPARE_CONNECTIONS,
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
            async_creator=partial(breaker.connect, server_settings=settings),
        )

    def _lend_connection(self) -> "BorrowedConnection":
        return BorrowedConnection(
            _require_open(self._readers), self._read_breaker, self._deadlines.query
        )


class _PostgresqlSnapshot:
    """Reads on one connection."""

    def __init__(self, connection: PooledConnection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> list[Row]:
        compiled = statement.compile_for(self._dialect)
        return compiled.read_rows(
            await self._connection.fetch(compiled.sql, *compiled.list_arguments(values))
        )


def _require_open(readers: ReaderPool | None) -> ReaderPool:
    if readers is None:
        raise Unavailable("the database is not connected", headers={"Retry-After": "1"})
    return readers


async def _release_copy(
    readers: ReaderPool, connection: PooledConnection, copy: CopyStream
) -> None:
    """End a COPY, even if the request is cancelled because the client has left."""
    with CancelScope(shield=True):
        if not (await copy.stop() and readers.keep(connection)):
            await readers.give_back(connection)


TRANSACTION_NUMBER = Statement(
    select(column("epoch"), cast(cast(func.pg_current_xact_id(), Text), BigInteger)).select_from(
        table("feed")
    )
)


def _make_time_limits(seconds: float) -> dict[str, str]:
    """Make the settings by which the server keeps a deadline, even if this process is frozen.

    It includes waiting for locks.
    """
    names = ("statement_timeout", "idle_in_transaction_session_timeout")
    return dict.fromkeys(names, f"{seconds * 1000:.0f}")


async def _skip_reset(connection: Any) -> None:
    """Skip the reset of a connection: hot reads leave nothing on it that would need one."""
    del connection
