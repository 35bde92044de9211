"""Sets on disk: of any size, in constant memory, deleted after use."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

CACHE_KIB = 8_192


class SeenIds:
    """Ids with the number each was first seen at; one process writes, then others read."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KIB}"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS seen (id BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID"
        )
        self._connection.execute("BEGIN")

    def add(self, id: UUID, number: int) -> int | None:
        """Add an id; return the number it was first seen at, if it was seen before."""
        added = self._connection.execute(
            "INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING", (id.bytes, number)
        )
        if added.rowcount:
            return None
        found = self._connection.execute("SELECT number FROM seen WHERE id = ?", (id.bytes,))
        return int(found.fetchone()[0])

    def absent(self, ids: Iterable[UUID]) -> list[UUID]:
        """Return the ids that were not seen."""
        look = "SELECT 1 FROM seen WHERE id = ?"
        return [id for id in ids if not self._connection.execute(look, (id.bytes,)).fetchone()]

    def close(self) -> None:
        """Close the set, so that others can read it."""
        self._connection.execute("COMMIT")
        self._connection.close()


class SimilarRows:
    """Rows with the same key, numbered from 1 where they differ; for one process."""

    def __init__(self) -> None:
        # A database without a name is a temporary file, deleted with its connection.
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        for table in (
            "alike (key BLOB, row BLOB, number INTEGER, PRIMARY KEY (key, row))",
            "counts (key BLOB PRIMARY KEY, number INTEGER)",
        ):
            self._connection.execute(f"CREATE TABLE {table} WITHOUT ROWID")
        self._connection.execute("BEGIN")

    def number(self, key: bytes, row: bytes) -> int:
        """Return the number of this row among those with the key, the same for the same row."""
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
        """Close the set, which deletes it."""
        self._connection.close()


class SortedTexts:
    """Texts in the order of their keys; for one process."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._connection.execute("CREATE TABLE rows (key BLOB PRIMARY KEY, row TEXT) WITHOUT ROWID")
        self._connection.execute("BEGIN")

    def add(self, key: bytes, row: str) -> None:
        """Add a text."""
        self._connection.execute("INSERT INTO rows VALUES (?, ?)", (key, row))

    def walk(self, after: bytes, most: int) -> Iterator[list[str]]:
        """Yield the texts after a key, in batches."""
        found = self._connection.execute(
            "SELECT row FROM rows WHERE key > ? ORDER BY key", (after,)
        )
        while rows := found.fetchmany(most):
            yield [row for (row,) in rows]

    def close(self) -> None:
        """Close the set, which deletes it."""
        self._connection.close()
