"""Driver errors of a database that is gone, full, read-only or damaged, as errors of ours."""

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
"""The errors that a driver raises, or SQLAlchemy in its place."""

READ_ONLY = "the database takes no writes right now: it is read-only"
UNREACHABLE = "the database cannot be reached right now"
UNREADABLE = "the database's file cannot be read or written right now"
LOCKED = "another program holds the database; try again"
FULL = "no space is left on the database's disk"
TOO_LATE = "the database could not do it in time, and took it back; try again"
BUSY = "all connections to the database are in use; try again"
DAMAGED = "the database's files are damaged"


class ConnectionLost(Exception):
    """A connection that broke before anything was committed: the work can be repeated."""


class ReadOnlyDatabase(Unavailable):
    """A database that takes no writes: its file, its file system or its server is read-only."""


class FileFailure(Unavailable):
    """A file of the database that cannot be read or written."""


@contextmanager
def translate_failures() -> Iterator[None]:
    """Turn errors of a failing database, whatever was asked of it, into errors of ours."""
    try:
        yield
    except (ConnectionLost, TimeoutError, PoolTimeout, sqlite3.Error, *DRIVER_ERRORS) as error:
        told = translate_error(error)
        if told is None:
            raise
        raise told from error


def translate_error(error: BaseException) -> AnnalsError | None:
    """Return our own error for a driver's, or None if the statement itself was at fault."""
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
    # A value that the driver cannot send is an InterfaceError too, and a retry does not help.
    is_absence = isinstance(error, (ConnectionLost, TimeoutError, *DRIVER_ERRORS))
    is_ours = isinstance(error, (ValueError, DBAPIError))
    return make_unavailable(UNREACHABLE) if is_absence and not is_ours else None


def is_disk_full(error: BaseException) -> bool:
    """Return whether the operating system has no space left, or not for this file."""
    full = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    return isinstance(error, OSError) and error.errno in full


def make_unavailable(detail: str) -> Unavailable:
    """Make the error for a failure that may be over a second later."""
    return Unavailable(detail, headers=_RETRY_HEADERS)


def make_outcome_unknown() -> OutcomeUnknown:
    """Make the error for a commit that was not confirmed."""
    return OutcomeUnknown(
        "the database was lost while the change was being confirmed: it may have been recorded,"
        " and may not; look before sending it again",
        headers=_RETRY_HEADERS,
    )


def get_sqlstate(error: Any) -> str:
    """Return the five-character code of an error of PostgreSQL, or an empty text."""
    told = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(told, "sqlstate", None) or "")


PRIMARY_CODE_MASK = 0xFF
"""The low byte of SQLite's codes is the primary code."""

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
"""A statement, a lock or a transaction exceeded its time, and was rolled back."""


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
    # The connection, the server's resources, and the server itself.
    return make_unavailable(UNREACHABLE) if state.startswith(("08", "53", "57P")) else None
