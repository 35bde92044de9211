"""Sets on disk: of any size, in constant memory, gone when nobody needs them any more."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

CACHE_KIB = 8_192


class SeenIds:
    """Ids with the number that each was first seen at; one process writes, others then read."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KIB}"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS seen (id BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID"
        )
        self._connection.execute("BEGIN")

    def add(self, id: UUID, number: int) -> int | None:
        """Remember an id; the number that it was seen at before, if it was."""
        added = self._connection.execute(
            "INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING", (id.bytes, number)
        )
        if added.rowcount:
            return None
        found = self._connection.execute("SELECT number FROM seen WHERE id = ?", (id.bytes,))
        return int(found.fetchone()[0])

    def absent(self, ids: Iterable[UUID]) -> list[UUID]:
        """Those of the ids that were not seen."""
        look = "SELECT 1 FROM seen WHERE id = ?"
        return [id for id in ids if not self._connection.execute(look, (id.bytes,)).fetchone()]

    def close(self) -> None:
        """Let others read what was seen."""
        self._connection.execute("COMMIT")
        self._connection.close()


class SimilarRows:
    """Rows that are alike in a key, numbered from 1 as they differ; of one process alone."""

    def __init__(self) -> None:
        # A database without a name is a file that goes with its connection.
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        for table in (
            "alike (key BLOB, row BLOB, number INTEGER, PRIMARY KEY (key, row))",
            "counts (key BLOB PRIMARY KEY, number INTEGER)",
        ):
            self._connection.execute(f"CREATE TABLE {table} WITHOUT ROWID")
        self._connection.execute("BEGIN")

    def number(self, key: bytes, row: bytes) -> int:
        """Which of the rows of the key this is; the same row has the same number again."""
        look = "SELECT number FROM alike WHERE key = ? AND row = ?"
        found = self._connection.execute(look, (key, row)).fetchone()
        if found is not None:
            return int(found[0])
        count = (
            "INSERT INTO counts VALUES (?, 1) ON CONFLICT DO UPDATE SET number = number + 1"
            " RETURNING number"
        )
        number = int(self._connection.execute(count, (key,)).fetchone()[0])
        self._connection.execute("INSERT INTO alike VALUES (?, ?, ?)", (key, row, number))
        return number

    def close(self) -> None:
        """Forget them."""
        self._connection.close()


class SortedTexts:
    """Texts in the order of their keys; of one process alone."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._connection.execute("CREATE TABLE rows (key BLOB PRIMARY KEY, row TEXT) WITHOUT ROWID")
        self._connection.execute("BEGIN")

    def add(self, key: bytes, row: str) -> None:
        """Keep a text."""
        self._connection.execute("INSERT INTO rows VALUES (?, ?)", (key, row))

    def walk(self, after: bytes, most: int) -> Iterator[list[str]]:
        """The texts behind a key, so many at a time."""
        found = self._connection.execute(
            "SELECT row FROM rows WHERE key > ? ORDER BY key", (after,)
        )
        while rows := found.fetchmany(most):
            yield [row for (row,) in rows]

    def close(self) -> None:
        """Forget them."""
        self._connection.close()
