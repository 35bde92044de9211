"""The health of a database's writes, as the last ones showed it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from app.db.driver_errors import FileFailure, ReadOnlyDatabase, translate_failures
from app.errors import AnnalsError, OutOfSpace, StorageCorrupt

WriteStatus = Literal["ok", "disk-full", "read-only", "failing", "corrupt"]

REMEMBERED_SECONDS = 30.0
"""The time for which a refused write counts; after that the next one is tried, to find out."""

_STATUSES: dict[type[AnnalsError], WriteStatus] = {
    OutOfSpace: "disk-full",
    ReadOnlyDatabase: "read-only",
    FileFailure: "failing",
}


class WriteHealth:
    """The health of one process's database; `now` returns seconds of a monotonic clock."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._is_damaged = False
        self._refused: tuple[WriteStatus, float] | None = None

    @property
    def status(self) -> WriteStatus:
        """The status of writes: "ok", or the reason why they are refused."""
        if self._is_damaged:
            return "corrupt"
        if self._refused is None or self._now() - self._refused[1] > REMEMBERED_SECONDS:
            return "ok"
        return self._refused[0]

    @contextmanager
    def watch_read(self) -> Iterator[None]:
        """Translate failures of a read, and remember damage."""
        try:
            with translate_failures():
                yield
        except StorageCorrupt:
            self._is_damaged = True
            raise

    @contextmanager
    def watch_write(self, *, proves_space: bool) -> Iterator[None]:
        """Translate failures of a write, and remember them until a write proves space.

        The server's own writes, and an import's before its first row, often fit into the space
        that is left: they prove nothing.
        """
        if self._is_damaged:
            raise StorageCorrupt("the database was found damaged: it takes no more writes")
        try:
            with self.watch_read():
                yield
        except (OutOfSpace, ReadOnlyDatabase, FileFailure) as error:
            self._refused = (_STATUSES[type(error)], self._now())
            raise
        if proves_space:
            self._refused = None
