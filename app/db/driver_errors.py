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

DRIVER_ERRORS = (
    OSError,
    DBAPIError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What a driver, or SQLAlchemy about it, raises."""

READ_ONLY = "the database takes no writes right now: it is read-only"
UNREACHABLE = "the database cannot be reached right now"
UNREADABLE = "the database's file cannot be read or written right now"
LOCKED = "another program holds the database; try again"
FULL = "no space is left on the database's disk"
TOO_LATE = "the database could not do it in time, and took it back; try again"
BUSY = "all connections to the database are in use; try again"
DAMAGED = "the database's files are damaged"


class ConnectionLost(Exception):
    """The connection broke before anything was committed: what was to be done can be done anew."""


class ReadOnlyDatabase(Unavailable):
    """The database takes no writes: its file, its file system or its server is read-only."""


class FileFailure(Unavailable):
    """A file of the database cannot be read or written."""


@contextmanager
def translate_failures() -> Iterator[None]:
    """Turn what says that the database fails, whatever is asked of it, into our own word."""
    try:
        yield
    except (ConnectionLost, TimeoutError, PoolTimeout, sqlite3.Error, *DRIVER_ERRORS) as error:
        told = translate_error(error)
        if told is None:
            raise
        raise told from error


def translate_error(error: BaseException) -> AnnalsError | None:
    """Our own word for an error, unless it is of what was asked."""
    told = error
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return make_unavailable(UNREACHABLE)
        told = error.orig.__cause__ or error.orig if error.orig else error
    if isinstance(told, sqlite3.Error):
        return _translate_sqlite_code(getattr(told, "sqlite_errorcode", 0) & PRIMARY_CODE_MASK)
    if get_sqlstate(told):
        return _translate_sqlstate(get_sqlstate(told))
    return _translate_system_error(told)


def _translate_system_error(error: BaseException) -> AnnalsError | None:
    if is_disk_full(error):
        return OutOfSpace(FULL)
    if isinstance(error, PoolTimeout):
        return make_unavailable(BUSY)
    # A value that the driver cannot send is its InterfaceError too, and nothing that passes.
    is_absence = isinstance(error, (ConnectionLost, TimeoutError, *DRIVER_ERRORS))
    is_ours = isinstance(error, (ValueError, DBAPIError))
    return make_unavailable(UNREACHABLE) if is_absence and not is_ours else None


def is_disk_full(error: BaseException) -> bool:
    """Whether the operating system says that there is no space for a file, or no more of it."""
    full = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    return isinstance(error, OSError) and error.errno in full


def make_unavailable(detail: str) -> Unavailable:
    """Something that passes by itself; a second later it may have."""
    return Unavailable(detail, headers=_RETRY_HEADERS)


def make_outcome_unknown() -> OutcomeUnknown:
    """The word for a commit that nobody confirmed."""
    return OutcomeUnknown(
        "the database was lost while the change was being confirmed: it may have been recorded,"
        " and may not; look before sending it again",
        headers=_RETRY_HEADERS,
    )


def get_sqlstate(error: Any) -> str:
    """The five-character code by which PostgreSQL tells its errors apart."""
    told = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(told, "sqlstate", None) or "")


PRIMARY_CODE_MASK = 0xFF
"""The low byte of SQLite's codes is their kind."""

_LOCKED_CODES = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_FAILING_CODES = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM}
_RETRY_HEADERS = {"Retry-After": "1"}


def _translate_sqlite_code(code: int) -> AnnalsError | None:
    if code == sqlite3.SQLITE_FULL:
        return OutOfSpace(FULL)
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StorageCorrupt(DAMAGED)
    if code == sqlite3.SQLITE_READONLY:
        return ReadOnlyDatabase(READ_ONLY, headers=_RETRY_HEADERS)
    if code == sqlite3.SQLITE_INTERRUPT:
        return make_unavailable(TOO_LATE)
    if code in _FAILING_CODES:
        return FileFailure(UNREADABLE, headers=_RETRY_HEADERS)
    return make_unavailable(LOCKED) if code in _LOCKED_CODES else None


_TIMEOUT_STATES = {"57014", "55P03", "25P03", "25P04"}
"""A statement, a lock or a transaction ran out of its time, and was taken back."""


def _translate_sqlstate(state: str) -> AnnalsError | None:
    if state == "53100":
        return OutOfSpace(FULL)
    if state in {"XX001", "XX002"}:
        return StorageCorrupt(DAMAGED)
    if state == "25006":
        return ReadOnlyDatabase(READ_ONLY, headers=_RETRY_HEADERS)
    if state.startswith("58"):
        return FileFailure(UNREADABLE, headers=_RETRY_HEADERS)
    if state in _TIMEOUT_STATES:
        return make_unavailable(TOO_LATE)
    # The connection, what the server has to give, and the server itself.
    return make_unavailable(UNREACHABLE) if state.startswith(("08", "53", "57P")) else None
