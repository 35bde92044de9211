"""What a driver says of a database that is gone, full, read-only or damaged, in our own words."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import AnnalsError, OutcomeUnknown, OutOfSpace, StorageCorrupt, Unavailable

OF_THE_DRIVER = (
    OSError,
    DBAPIError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What a driver, or SQLAlchemy about it, raises."""

READ_ONLY = "the database takes no writes right now: it is read-only"
ABSENT = "the database cannot be reached right now"
UNREADABLE = "the database's file cannot be read or written right now"
LOCKED = "another program holds the database; try again"
FULL = "no space is left on the database's disk"
TOO_LATE = "the database could not do it in time, and took it back; try again"
BUSY = "all connections to the database are in use; try again"
DAMAGED = "the database's files are damaged"


class ConnectionLost(Exception):
    """The connection broke before anything was committed: what was to be done can be done anew."""


class ReadOnly(Unavailable):
    """The database takes no writes: its file, its file system or its server is read-only."""


class FileFailing(Unavailable):
    """A file of the database cannot be read or written."""


@contextmanager
def telling_failures() -> Iterator[None]:
    """Turn what says that the database fails, whatever is asked of it, into our own word."""
    try:
        yield
    except (ConnectionLost, TimeoutError, PoolTimeout, sqlite3.Error, *OF_THE_DRIVER) as error:
        told = word_for(error)
        if told is None:
            raise
        raise told from error


def word_for(error: BaseException) -> AnnalsError | None:
    """Our own word for an error, unless it is of what was asked."""
    told = error
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return unavailable(ABSENT)
        told = error.orig.__cause__ or error.orig if error.orig else error
    if isinstance(told, sqlite3.Error):
        return _word_of_sqlite(getattr(told, "sqlite_errorcode", 0) & PRIMARY)
    if sqlstate(told):
        return _word_of_postgresql(sqlstate(told))
    return _word_of_system(told)


def _word_of_system(error: BaseException) -> AnnalsError | None:
    if is_disk_full(error):
        return OutOfSpace(FULL)
    if isinstance(error, PoolTimeout):
        return unavailable(BUSY)
    # A value that the driver cannot send is its InterfaceError too, and nothing that passes.
    is_absence = isinstance(error, (ConnectionLost, TimeoutError, *OF_THE_DRIVER))
    is_ours = isinstance(error, (ValueError, DBAPIError))
    return unavailable(ABSENT) if is_absence and not is_ours else None


def is_disk_full(error: BaseException) -> bool:
    """Whether the operating system says that there is no space for a file, or no more of it."""
    full = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    return isinstance(error, OSError) and error.errno in full


def unavailable(detail: str) -> Unavailable:
    """Something that passes by itself; a second later it may have."""
    return Unavailable(detail, headers=_SOON)


def outcome_unknown() -> OutcomeUnknown:
    """The word for a commit that nobody confirmed."""
    return OutcomeUnknown(
        "the database was lost while the change was being confirmed: it may have been recorded,"
        " and may not; look before sending it again",
        headers=_SOON,
    )


def sqlstate(error: Any) -> str:
    """The five-character code by which PostgreSQL tells its errors apart."""
    told = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(told, "sqlstate", None) or "")


PRIMARY = 0xFF
"""The low byte of SQLite's codes is their kind."""

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_FAILING = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM}
_SOON = {"Retry-After": "1"}


def _word_of_sqlite(code: int) -> AnnalsError | None:
    if code == sqlite3.SQLITE_FULL:
        return OutOfSpace(FULL)
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StorageCorrupt(DAMAGED)
    if code == sqlite3.SQLITE_READONLY:
        return ReadOnly(READ_ONLY, headers=_SOON)
    if code == sqlite3.SQLITE_INTERRUPT:
        return unavailable(TOO_LATE)
    if code in _FAILING:
        return FileFailing(UNREADABLE, headers=_SOON)
    return unavailable(LOCKED) if code in _LOCKED else None


_TOO_LATE = {"57014", "55P03", "25P03", "25P04"}
"""A statement, a lock or a transaction ran out of its time, and was taken back."""


def _word_of_postgresql(state: str) -> AnnalsError | None:
    if state == "53100":
        return OutOfSpace(FULL)
    if state in {"XX001", "XX002"}:
        return StorageCorrupt(DAMAGED)
    if state == "25006":
        return ReadOnly(READ_ONLY, headers=_SOON)
    if state.startswith("58"):
        return FileFailing(UNREADABLE, headers=_SOON)
    if state in _TOO_LATE:
        return unavailable(TOO_LATE)
    # The connection, what the server has to give, and the server itself.
    return unavailable(ABSENT) if state.startswith(("08", "53", "57P")) else None
