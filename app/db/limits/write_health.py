"""What the last writes have found out about a database: whether it takes any."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from app.db.driver_errors import FileFailure, ReadOnlyDatabase, translate_failures
from app.errors import AnnalsError, OutOfSpace, StorageCorrupt

WriteStatus = Literal["ok", "disk-full", "read-only", "failing", "corrupt"]

REMEMBERED_SECONDS = 30.0
"""So long after a write was refused the next one may be taken: nobody else would find out."""

_STATUSES: dict[type[AnnalsError], WriteStatus] = {
    OutOfSpace: "disk-full",
    ReadOnlyDatabase: "read-only",
    FileFailure: "failing",
}


class WriteHealth:
    """Of one process's database; `now` gives seconds that only rise."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._is_damaged = False
        self._refused: tuple[WriteStatus, float] | None = None

    @property
    def writes(self) -> WriteStatus:
        """Whether writes are taken, or why not."""
        if self._is_damaged:
            return "corrupt"
        if self._refused is None or self._now() - self._refused[1] > REMEMBERED_SECONDS:
            return "ok"
        return self._refused[0]

    @contextmanager
    def watch_read(self) -> Iterator[None]:
        """Tell failures of a read."""
        try:
            with translate_failures():
                yield
        except StorageCorrupt:
            self._is_damaged = True
            raise

    @contextmanager
    def watch_write(self, *, proves_space: bool) -> Iterator[None]:
        """Tell failures of a write, and remember them until one is taken that is telling.

        What the server writes for itself, and an import before its first row, often need no more
        space than there is.
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
