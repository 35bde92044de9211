"""The format of a backup: gzipped lines of JSON that fill either kind of database.

A head line; for each table a line with its columns and then one line per row; at the end the
checksum of each table. Searchable words are left out: they follow from the documents, and each
database stores them in its own form.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from gzip import GzipFile
from hashlib import blake2b
from typing import IO, Any
from uuid import UUID

import orjson
from sqlalchemy import Column, Date, Table, Uuid

from app.models.schema import metadata

BackupFile = IO[bytes] | GzipFile

BACKUP_FORMAT = "annals-backup"
BACKUP_VERSION = 1
DIGEST_BYTES = 16
LARGEST_DIGEST = (1 << 8 * DIGEST_BYTES) - 1


@dataclass(slots=True)
class TableChecksum:
    """The number of a table's rows, and a digest of them that does not depend on their order."""

    rows: int = 0
    digest: int = 0

    def add(self, line: bytes) -> None:
        """Count one row."""
        hashed = blake2b(line.rstrip(b"\n"), digest_size=DIGEST_BYTES).digest()
        self.digest = (self.digest + int.from_bytes(hashed, "big")) & LARGEST_DIGEST
        self.rows += 1

    def to_dict(self) -> dict[str, Any]:
        """Return both numbers as the end of a backup has them."""
        return {"rows": self.rows, "digest": f"{self.digest:0{2 * DIGEST_BYTES}x}"}


def list_tables_in_order() -> list[Table]:
    """Return all tables, each after those that it refers to or is derived from."""
    ordered = metadata.sorted_tables
    with_words = [table for table in ordered if "words" in table.c]
    return [*(table for table in ordered if table not in with_words), *with_words]


def list_backup_columns(table: Table) -> list[Column[Any]]:
    """Return the columns that a backup contains."""
    return [column for column in table.columns if column.name != "words"]


def write_line(value: Any) -> bytes:
    """Return the line of a value; an id of the driver's own type is written like any other."""
    return orjson.dumps(value, default=str, option=orjson.OPT_APPEND_NEWLINE)


def read_row(columns: Iterable[Column[Any]], values: Iterable[Any]) -> dict[str, Any]:
    """Return a row of the file as it is inserted into its table."""
    return {
        column.name: _convert_value(column, value)
        for column, value in zip(columns, values, strict=True)
    }


def _convert_value(column: Column[Any], value: Any) -> Any:
    if value is None or not isinstance(value, str):
        return value
    read = next((read for kind, read in _READERS.items() if isinstance(column.type, kind)), None)
    return read(value) if read else value


_READERS: Mapping[type, Any] = {Uuid: UUID, Date: date.fromisoformat}
