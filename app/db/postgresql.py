"""PostgreSQL: hot reads straight on asyncpg, other reads and all writes through SQLAlchemy."""

import asyncio
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
    event,
    func,
    select,
    table,
)
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.db.condition import Condition, Writes
from app.db.copying import Copy
from app.db.database import Reads
from app.db.exports import Exports
from app.db.failures import OF_THE_DRIVER, ConnectionLost, sqlstate
from app.db.readers import Reader, Readers, is_lost
from app.db.statements import Row, Statement, fetch
from app.db.writers import Writers, driver_within, telling_loss
from app.db.writing import Overtaken, Write
from app.errors import Conflict, QuestionTooCostly, Unavailable
from app.values.ids import IdMaker

Result = TypeVar("Result")

ATTEMPTS = 5
STATEMENT_SECONDS = 30.0
ACQUIRE_SECONDS = 5.0
# A page is read by one process: workers cost more to start than they save (docs/design.md).
READ_SETTINGS = {
    "default_transaction_read_only": "on",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}
# A write finds its rows by their keys. Planned anew each time, as PostgreSQL would by itself, its
# statements cost a quarter more and find them in the same way.
WRITE_SETTINGS = {"plan_cache_mode": "force_generic_plan"}
# Another transaction was in the way: serialization, deadlock, and a unique key that it took first.
IN_THE_WAY = {"40001", "40P01", "23505"}
TOO_COSTLY = "the question took too long; ask for less"


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
        pool_size: int,
        exports: int,
    ) -> None:
        self._read_url = read_url or url
        self._clock = clock
        self._ids = ids
        self._pool_size = pool_size
        self._dialect: Dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
        self._writers = Writers(
            postgresql_engine(
                url,
                pool_size=pool_size,
                isolation_level="AUTOCOMMIT",
                pool_reset_on_return=None,
                connect_args={"server_settings": WRITE_SETTINGS},
            )
        )
        self._read_engine = postgresql_engine(
            self._read_url,
            pool_size=pool_size,
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
            connect_args={"server_settings": READ_SETTINGS},
        )
        self._readers: Readers | None = None
        self._exporters: Readers | None = None
        self._exports = Exports(exports)
        self._condition = Condition()

    @property
    def writes(self) -> Writes:
        """Whether writes are taken, as far as the last ones told."""
        return self._condition.writes

    async def open(self) -> None:
        """Open the pools of hot reads and of exports."""
        with self._telling():
            self._readers = await self._pool(self._pool_size, at_once=1)
            self._exporters = await self._pool(self._exports.most, at_once=0)

    async def _pool(self, size: int, *, at_once: int) -> Readers:
        pool = await asyncpg.create_pool(
            plain_url(self._read_url),
            min_size=at_once,
            max_size=size,
            command_timeout=STATEMENT_SECONDS,
            reset=_leave_as_is,
            server_settings=READ_SETTINGS,
            timeout=ACQUIRE_SECONDS,
        )
        return Readers(pool, ACQUIRE_SECONDS)

    async def close(self) -> None:
        """Close every connection."""
        pools = (self._readers, self._exporters)
        self._readers = self._exporters = None
        for pool in pools:
            if pool is not None:
                await pool.close()
        await self._writers.close()
        await self._read_engine.dispose()

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> list[Row]:
        """Run one select as a prepared statement, without a transaction around it."""
        compiled = statement.compiled_for(self._dialect)
        select = partial(self._fetch, compiled.sql, compiled.arguments(values))
        return compiled.rows(await self._anew_if_lost(select))

    async def _fetch(self, sql: str, arguments: Sequence[Any]) -> list[asyncpg.Record]:
        async with _Borrowed(_opened(self._readers)) as connection:
            return await connection.fetch(sql, *arguments)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` on a connection of the read engine."""
        return await self._anew_if_lost(partial(self._read, work))

    async def _read(self, work: Callable[[Connection], Result]) -> Result:
        async with self._read_engine.connect() as connection:
            with telling_loss(driver_within(connection)):
                return await connection.run_sync(work)

    async def write(self, work: Callable[[Write], Result], *, by: str | None = None) -> Result:
        """Run `work` in a transaction, again when another one got in its way."""
        with self._condition.writing(by=by):
            return await self._write_until_done(work, by)

    async def _write_until_done(self, work: Callable[[Write], Result], by: str | None) -> Result:
        lost: ConnectionLost | None = None
        for attempt in range(ATTEMPTS):
            try:
                return await self._write(work, by)
            except ConnectionLost as error:
                lost = error
            except Overtaken:
                lost = None
            except (DBAPIError, asyncpg.PostgresError) as error:
                if sqlstate(error) not in IN_THE_WAY:
                    raise
                lost = None
            await asyncio.sleep(0.01 * 2**attempt)
        if lost is not None:
            raise lost
        raise Conflict("other writers changed the same records again and again; try once more")

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reads]:
        """Reads in one transaction that sees what was committed when it began."""
        with self._telling():
            async with (
                _Borrowed(_opened(self._readers)) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                yield _Snapshot(connection, self._dialect)

    @asynccontextmanager
    async def stream(
        self, statement: Statement, values: Mapping[str, Any], batch: int = 500
    ) -> AsyncIterator[AsyncIterator[list[Row]]]:
        """Walk a select with a server-side cursor."""
        compiled = statement.compiled_for(self._dialect)
        with self._telling():
            async with (
                self._exports.turn(),
                _Borrowed(_opened(self._exporters)) as connection,
                connection.transaction(readonly=True),
            ):
                cursor = await connection.cursor(compiled.sql, *compiled.arguments(values))

                async def batches() -> AsyncIterator[list[Row]]:
                    while rows := await cursor.fetch(batch):
                        yield compiled.rows(rows)

                yield batches()

    @asynccontextmanager
    async def lines(
        self, statement: Statement, values: Mapping[str, Any]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Walk a select of texts with COPY, which writes them as lines itself."""
        compiled = statement.compiled_for(self._dialect)
        readers = _opened(self._exporters)
        async with self._exports.turn():
            with self._telling():
                connection = await readers.take()
                copy = Copy(connection, compiled.sql, compiled.arguments(values))
                try:
                    yield copy.chunks()
                finally:
                    await _let_go(readers, connection, copy)

    async def _write(self, work: Callable[[Write], Result], by: str | None) -> Result:
        async with self._writers.transaction() as connection:

            def run(bound: Connection) -> Result:
                def start() -> tuple[int, int, int]:
                    (row,) = fetch(bound, TRANSACTION_NUMBER, {})
                    return row[0], row[1], self._clock()

                return work(Write(bound, start=start, by=by, ids=self._ids))

            return await connection.run_sync(run)

    async def _anew_if_lost(self, read: Callable[[], Awaitable[Result]]) -> Result:
        """Do a read, and once more if its connection was lost meanwhile."""
        with self._telling():
            try:
                return await read()
            except ConnectionLost:
                return await read()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tell failures of a read, and that it was stopped for its time."""
        with self._condition.reading():
            try:
                yield
            except asyncpg.QueryCanceledError as error:
                raise QuestionTooCostly(TOO_COSTLY) from error


class _Snapshot:
    """Reads on one connection."""

    def __init__(self, connection: Reader, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> list[Row]:
        compiled = statement.compiled_for(self._dialect)
        return compiled.rows(
            await self._connection.fetch(compiled.sql, *compiled.arguments(values))
        )


def _opened(readers: Readers | None) -> Readers:
    if readers is None:
        raise Unavailable("the database is not connected", headers={"Retry-After": "1"})
    return readers


async def _let_go(readers: Readers, connection: Reader, copy: Copy) -> None:
    """End a COPY; who cancels it because the client has left cannot cancel this too."""
    with CancelScope(shield=True):
        if not (await copy.stop() and readers.keep(connection)):
            await readers.give_back(connection)


class _Borrowed:
    """A connection for one read; after anything but success the pool looks after it.

    ConnectionLost when it was lost meanwhile, whatever the driver calls that.
    """

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def __aenter__(self) -> Reader:
        self._connection = await self._readers.take()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        if kind is not None or not self._readers.keep(self._connection):
            lost = isinstance(error, OF_THE_DRIVER) and is_lost(self._connection)
            await self._readers.give_back(self._connection)
            if lost:
                raise ConnectionLost(str(error)) from error


TRANSACTION_NUMBER = Statement(
    select(column("epoch"), cast(cast(func.pg_current_xact_id(), Text), BigInteger)).select_from(
        table("feed")
    )
)


def postgresql_engine(url: str, **options: Any) -> AsyncEngine:
    """An engine over asyncpg, whatever driver the URL leaves unsaid."""
    driven = "postgresql+asyncpg://" + plain_url(url).partition("://")[2]
    engine = create_async_engine(driven, pool_timeout=ACQUIRE_SECONDS, **options)
    event.listen(engine.sync_engine, "checkout", _replace_if_closed)
    return engine


def _replace_if_closed(connection: Any, *_: object) -> None:
    """Let the pool replace a connection that the server has closed.

    The driver hears of it by itself, where asking the server would cost each write a round trip;
    what breaks before that is tried again.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def plain_url(url: str) -> str:
    """The URL as libpq and asyncpg write it."""
    return "postgresql://" + url.partition("://")[2]


async def _leave_as_is(connection: Any) -> None:
    """Hot reads leave nothing on a connection that would need a reset."""
    del connection
