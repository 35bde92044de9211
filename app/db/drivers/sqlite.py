"""SQLite: short reads inline on the event loop, long ones in a thread, writes one at a time.

A read starts on the loop under a budget of about two milliseconds of work, kept by SQLite's
progress handler; one that exceeds it is stopped and repeated in a thread (docs/design.md).
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from time import monotonic, thread_time
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from app.db.database import Reads
from app.db.driver_errors import PRIMARY_CODE_MASK, TOO_LATE, make_outcome_unknown, make_unavailable
from app.db.drivers.engines import BUSY_SECONDS, add_functions, make_sqlite_engine
from app.db.drivers.sqlite_cursor import CursorThread
from app.db.limits.deadlines import Deadlines
from app.db.limits.export_slots import ExportSlots
from app.db.limits.request_limits import LimitedWork
from app.db.limits.write_health import WriteHealth, WriteStatus
from app.db.statements import CompiledStatement, Row, Statement, get_driver
from app.db.threads import THREADS, is_stopped, run_in_thread
from app.db.transaction import Transaction
from app.errors import QuestionTooCostly, Unavailable
from app.values.ids import IdMaker

Result = TypeVar("Result")
FetchRows = Callable[[sqlite3.Connection, str, Mapping[str, Any]], Awaitable[list[Row]]]

INLINE_SECONDS = 0.002
INSTRUCTIONS_INLINE = 4000
INSTRUCTIONS_IN_THREADS = 100_000
GRACE_SECONDS = 1.0
LINES_AT_ONCE = 128
"""Some 100 kB, which fit into the processor's cache: eight times as many cost half more each."""

MAPPED_BYTES = 0x7FFF0000
"""The mapped part of the file: the most that SQLite allows. The rest of a larger file is read
into a small cache, which costs a page a tenth. Mapped pages that were read count as our memory."""

WRITER_PRAGMAS = ("cache_size = -16000", "wal_autocheckpoint = 32000", "busy_timeout = 0")
"""Settings of the connection that writes: a load touches pages all over the indexes, some 28 for
each event, which with SQLite's cache of 2 MB are read again and again, and written back after every
1,000."""


SPILL_FAILURES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
RETRY_IN_THREAD = {sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY}
"""Errors after which a read goes on in a thread: it is long, or the file is locked."""


class SqliteDatabase:
    """The embedded database: one file, written by one thread."""

    driver = "sqlite3"

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], int],
        ids: IdMaker,
        exports: int,
        deadlines: Deadlines,
    ) -> None:
        self._deadlines = deadlines
        self._engine = make_sqlite_engine(url, min(deadlines.read, BUSY_SECONDS))
        self._path = self._engine.url.database or ""
        self._clock = clock
        self._ids = ids
        self._dialect = SQLiteDialect_pysqlite(paramstyle="named")
        self._readers = ThreadPoolExecutor(THREADS, thread_name_prefix="reader")
        self._exporters = ThreadPoolExecutor(exports, thread_name_prefix="exporter")
        self._exports = ExportSlots(exports, deadlines.chunk)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._write_connection: Connection | None = None
        self._inline_connection: sqlite3.Connection | None = None
        self._idle_connections: list[sqlite3.Connection] = []
        self._deadline: float | None = None
        self._health = WriteHealth()

    @property
    def write_status(self) -> WriteStatus:
        """The status of writes, as the last ones showed it."""
        return self._health.status

    async def open(self) -> None:
        """Open the connection that short reads share."""
        self._inline_connection = self._connect()
        self._inline_connection.execute("PRAGMA busy_timeout = 0")
        self._inline_connection.set_progress_handler(self._is_over_budget, INSTRUCTIONS_INLINE)

    async def close(self) -> None:
        """Finish the writes that are under way, and close every connection."""
        self._writer.shutdown()
        for threads in (self._readers, self._exporters):
            threads.shutdown(cancel_futures=True)
        for connection in [
            *self._idle_connections,
            *([self._inline_connection] if self._inline_connection else []),
        ]:
            connection.close()
        self._idle_connections.clear()
        self._inline_connection = None
        if self._write_connection is not None:
            self._write_connection.close()
            self._write_connection = None
        self._engine.dispose()

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> list[Row]:
        """Run one select, inline if it is short."""
        compiled = statement.compile_for(self._dialect)
        binds = compiled.bind_values(values)
        fetched = self._fetch_inline(compiled, binds)
        if fetched is None:
            async with LimitedWork(statement):
                with self._health.watch_read(), self._lend_connection() as connection:
                    fetched = await self._fetch_in_thread(connection, compiled.sql, binds)
        return compiled.read_rows(fetched)

    def _fetch_inline(
        self, compiled: CompiledStatement, binds: Mapping[str, Any]
    ) -> list[Row] | None:
        """Fetch the rows; return None if that takes too long.

        A function of ours may take longer than all that SQLite does between two checks of the time.
        """
        if self._inline_connection is None:
            raise Unavailable("the database is closed")
        if compiled.calls_python:
            return None
        self._deadline = None
        try:
            return self._inline_connection.execute(compiled.sql, binds).fetchall()
        except sqlite3.DatabaseError as error:
            with self._health.watch_read():
                if getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE_MASK not in RETRY_IN_THREAD:
                    raise
            return None

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a thread, on one snapshot."""
        async with LimitedWork():
            with self._health.watch_read():
                return await run_in_thread(self._readers, partial(self._read, work))

    async def write(
        self,
        work: Callable[[Transaction], Result],
        *,
        by: str | None = None,
        is_batch: bool = False,
    ) -> Result:
        """Run `work` on the writer's thread, after the writes before it."""
        seconds = self._deadlines.batch if is_batch else self._deadlines.write
        with self._health.watch_write(proves_space=by is not None and not is_batch):
            pending = self._writer.submit(self._write, work, by, monotonic() + seconds)
            try:
                async with asyncio.timeout(seconds + GRACE_SECONDS):
                    return await asyncio.wrap_future(pending)
            except TimeoutError as error:
                ending = (
                    make_unavailable(TOO_LATE) if pending.cancelled() else make_outcome_unknown()
                )
                raise ending from error

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reads]:
        """Read in one transaction, in a thread."""
        async with LimitedWork():
            with self._health.watch_read(), self._lend_connection() as connection:
                connection.execute("BEGIN")
                try:
                    yield _SqliteSnapshot(connection, self._fetch_in_thread, self._dialect)
                finally:
                    connection.execute("ROLLBACK")

    @asynccontextmanager
    async def stream(
        self, statement: Statement, values: Mapping[str, Any], batch: int = 500
    ) -> AsyncIterator[AsyncIterator[list[Row]]]:
        """Stream a select on a connection of its own."""
        compiled = statement.compile_for(self._dialect)
        connection = self._connect(mapped=0)
        cursor_thread = CursorThread(connection, self._exporters)

        async def batches() -> AsyncIterator[list[Row]]:
            binds = compiled.bind_values(values)
            begin = partial(connection.execute, compiled.sql, binds)
            cursor = await self._exports.wait_for_piece(cursor_thread.read(begin))
            read = partial(cursor.fetchmany, batch)
            while rows := await self._exports.wait_for_piece(cursor_thread.read(read)):
                yield compiled.read_rows(rows)

        try:
            async with self._exports.hold_slot():
                with self._health.watch_read():
                    yield batches()
        finally:
            await cursor_thread.end()

    @asynccontextmanager
    async def stream_lines(
        self, statement: Statement, values: Mapping[str, Any]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Stream a select of texts on a connection of its own."""
        compiled = statement.compile_for(self._dialect)
        connection = self._connect(mapped=0)
        connection.text_factory = bytes
        cursor_thread, cursor = CursorThread(connection, self._exporters), connection.cursor()
        binds = compiled.bind_values(values)

        def begin() -> bytes:
            cursor.execute(compiled.sql, binds)
            return read()

        def read() -> bytes:
            texts = [text for (text,) in cursor.fetchmany(LINES_AT_ONCE)]
            return b"\n".join([*texts, b""])

        async def chunks() -> AsyncIterator[bytes]:
            cursor_thread.begin(begin)
            while chunk := await self._exports.wait_for_piece(cursor_thread.wait_for_read()):
                cursor_thread.begin(read)
                yield chunk

        try:
            async with self._exports.hold_slot():
                with self._health.watch_read():
                    yield chunks()
        finally:
            await cursor_thread.end()

    def _is_over_budget(self) -> bool:
        # CPU time, not wall-clock time: on a busy machine a read that had to wait for the CPU would
        # be stopped, and run twice.
        now = thread_time()
        if self._deadline is None:
            # Only at the first check: reading the clock costs a short read a tenth of its time.
            self._deadline = now + INLINE_SECONDS
        return now > self._deadline

    async def _fetch_in_thread(
        self, connection: sqlite3.Connection, sql: str, binds: Mapping[str, Any]
    ) -> list[Row]:
        fetch = partial(_fetch_rows, connection, sql, binds, self._deadlines.query)
        return await run_in_thread(self._readers, fetch)

    def _read(self, work: Callable[[Connection], Result]) -> Result:
        until = monotonic() + self._deadlines.query
        with self._engine.connect() as connection, _stop_when_due(get_driver(connection), until):
            connection.exec_driver_sql("BEGIN")
            try:
                return work(connection)
            finally:
                connection.rollback()

    def _write(self, work: Callable[[Transaction], Result], by: str | None, until: float) -> Result:
        if self._write_connection is None:
            self._write_connection = self._connect_writer()
        driver = get_driver(self._write_connection)
        _begin(driver, until)
        driver.set_progress_handler(lambda: monotonic() > until, INSTRUCTIONS_IN_THREADS)
        try:
            epoch, number = driver.execute(NEXT_TRANSACTION).fetchone()
            start = (epoch, number, self._clock())
            result = work(
                Transaction(self._write_connection, start=lambda: start, by=by, ids=self._ids)
            )
            _commit(driver, until)
        except BaseException:
            driver.set_progress_handler(None, 0)
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            raise
        return result

    def _connect_writer(self) -> Connection:
        connection = self._engine.connect()
        for pragma in WRITER_PRAGMAS:
            get_driver(connection).execute(f"PRAGMA {pragma}")
        return connection

    @contextmanager
    def _lend_connection(self) -> Iterator[sqlite3.Connection]:
        connection = self._idle_connections.pop() if self._idle_connections else self._connect()
        try:
            yield connection
        finally:
            self._idle_connections.append(connection)

    def _connect(self, mapped: int = MAPPED_BYTES) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        add_functions(connection)
        connection.execute("PRAGMA query_only = ON")
        busy = min(self._deadlines.read, BUSY_SECONDS)
        connection.execute(f"PRAGMA busy_timeout = {busy * 1000:.0f}")
        connection.execute(f"PRAGMA mmap_size = {mapped}")
        return connection


class _SqliteSnapshot:
    """Reads on one connection, each in a thread."""

    def __init__(self, connection: sqlite3.Connection, fetch: FetchRows, dialect: Dialect) -> None:
        self._connection = connection
        self._fetch = fetch
        self._dialect = dialect

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> list[Row]:
        compiled = statement.compile_for(self._dialect)
        binds = compiled.bind_values(values)
        return compiled.read_rows(await self._fetch(self._connection, compiled.sql, binds))


def _fetch_rows(
    connection: sqlite3.Connection, sql: str, binds: Mapping[str, Any], seconds: float
) -> list[Row]:
    with _stop_when_due(connection, monotonic() + seconds):
        try:
            return connection.execute(sql, binds).fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & PRIMARY_CODE_MASK not in SPILL_FAILURES:
                raise
        # A sort may have found no space on the disk; memory has some.
        connection.execute("PRAGMA temp_store = MEMORY")
        try:
            return connection.execute(sql, binds).fetchall()
        finally:
            connection.execute("PRAGMA temp_store = DEFAULT")


@contextmanager
def _stop_when_due(connection: sqlite3.Connection, until: float) -> Iterator[None]:
    """Let a read in a thread be stopped: when its result is no longer wanted, or at a time."""
    connection.set_progress_handler(
        lambda: is_stopped() or monotonic() > until, INSTRUCTIONS_IN_THREADS
    )
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT or is_stopped():
            raise
        raise QuestionTooCostly("the query took too long; ask for less") from error
    finally:
        connection.set_progress_handler(None, 0)


def _begin(driver: sqlite3.Connection, until: float) -> None:
    """Begin a write transaction as soon as no other program has one."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & PRIMARY_CODE_MASK != sqlite3.SQLITE_BUSY:
            raise
        left = max(0.0, until - monotonic())
        driver.execute(f"PRAGMA busy_timeout = {left * 1000:.0f}")
        try:
            driver.execute("BEGIN IMMEDIATE")
        finally:
            driver.execute("PRAGMA busy_timeout = 0")


def _commit(driver: sqlite3.Connection, until: float) -> None:
    """Commit; raise OutcomeUnknown if the disk failed: the next start may find it written."""
    driver.set_progress_handler(None, 0)
    if monotonic() > until:
        raise make_unavailable(TOO_LATE)
    try:
        driver.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & PRIMARY_CODE_MASK != sqlite3.SQLITE_IOERR:
            raise
        raise make_outcome_unknown() from error


NEXT_TRANSACTION = (
    "UPDATE feed SET transaction_number = transaction_number + 1"
    " RETURNING epoch, transaction_number"
)
