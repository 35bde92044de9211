"""Restores of a backup into an empty database of either kind."""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Column, Connection, Select, Table, delete, exists, insert, select, update

from app.db.sql.array_sql import any_of
from app.errors import Invalid
from app.maintenance.backup_format import (
    BACKUP_FORMAT,
    BACKUP_VERSION,
    BackupFile,
    TableChecksum,
    list_backup_columns,
    read_row,
)
from app.models.changes import feed
from app.models.claims import claims, past_claims
from app.models.events import event_documents, past_event_documents
from app.models.schema import metadata
from app.record.content import extract_claim_content
from app.record.document import decode_document
from app.record.index import index_event, make_claim_text
from app.values.tokenizer import EventTokens

ROWS_PER_BATCH = 1000
LAST_EPOCH = 63

ReportProgress = Callable[[int, int], None]
BackupHead = dict[str, Any]


def read_head(file: BackupFile) -> BackupHead:
    """Return the first line of a backup; raise Invalid for any other file."""
    head = _parse_line(next(_read_lines(file), b""))
    if not isinstance(head, dict) or head.get("format") != BACKUP_FORMAT:
        raise Invalid("the file is not a backup by `annals backup`")
    if head.get("version") != BACKUP_VERSION:
        raise Invalid(
            f"the backup has version {head.get('version')}, but this program reads {BACKUP_VERSION}"
        )
    return head


def restore_records(
    connection: Connection,
    file: BackupFile,
    head: BackupHead,
    epoch: int | None,
    tell: ReportProgress,
) -> dict[str, TableChecksum]:
    """Insert every row into a database that has the backup's schema and no records.

    The feed continues in a later epoch, so that no position is used twice: the one after the
    backup's, or `epoch` if another restore has used that. Raise Invalid if the database is not
    empty, or if the file is incomplete.
    """
    _refuse_records(connection)
    filling = _TableLoader(connection, tell, int(head["rows"]))
    ended = filling.run(file)
    if ended != {name: checksum.to_dict() for name, checksum in filling.sums.items()}:
        raise Invalid("the backup is incomplete: its rows do not match its checksums")
    begin_epoch(connection, epoch)
    return filling.sums


def begin_epoch(connection: Connection, epoch: int | None) -> None:
    """Start a new epoch of positions, above all earlier ones."""
    before = connection.scalar(select(feed.c.epoch)) or 0
    wanted = before + 1 if epoch is None else epoch
    if not before < wanted <= LAST_EPOCH:
        raise Invalid(f"the feed's epoch must be from {before + 1} to {LAST_EPOCH}, not {wanted}")
    connection.execute(update(feed).values(epoch=wanted))


class _TableLoader:
    """The tables, filled one after the other."""

    def __init__(self, connection: Connection, tell: ReportProgress, total: int) -> None:
        self.connection = connection
        self.sums: dict[str, TableChecksum] = {}
        self._report = tell
        self._total = total
        self._done = 0
        self._table: Table = feed
        self._columns: Sequence[Column[Any]] = ()
        self._rows: list[dict[str, Any]] = []
        self._self_references: list[tuple[Table, dict[str, Any]]] = []

    def run(self, file: BackupFile) -> Any:
        """Fill all tables and return the checksums at the end of the file, None without an end."""
        self.connection.execute(delete(feed))
        for line in _read_lines(file):
            value = _parse_line(line)
            if isinstance(value, list):
                self._add_row(line, value)
                continue
            self._insert_rows()
            if "end" in value:
                self._restore_self_references()
                return value["end"]
            self._begin_table(value)
        return None

    def _begin_table(self, header: Mapping[str, Any]) -> None:
        table = metadata.tables.get(str(header.get("table")))
        if table is None or header.get("columns") != [
            column.name for column in list_backup_columns(table)
        ]:
            raise Invalid(f"the backup has a table that this schema lacks: {header.get('table')}")
        self._table, self._columns = table, list_backup_columns(table)
        self.sums[table.name] = TableChecksum()

    def _add_row(self, line: bytes, values: list[Any]) -> None:
        try:
            self._rows.append(read_row(self._columns, values))
        except ValueError as wrong:
            raise Invalid(f"the backup is damaged in {self._table.name}: {wrong}") from None
        self.sums[self._table.name].add(line)
        if len(self._rows) >= ROWS_PER_BATCH:
            self._insert_rows()

    def _insert_rows(self) -> None:
        if not self._rows:
            return
        table, rows = self._table, self._rows
        if "words" in table.c:
            rows = self._load_words(rows)
        own = [
            column.name for column in table.columns if column.references(table.c[_get_key(table)])
        ]
        if own:
            self._self_references += [
                (table, row) for row in rows if any(row[name] for name in own)
            ]
            rows = [{**row, **dict.fromkeys(own)} for row in rows]
        self.connection.execute(insert(table), rows)
        self._done += len(rows)
        self._report(self._done, self._total)
        self._rows = []

    def _load_words(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows with the searchable words of their documents."""
        of_claims = "id" in self._table.c
        key, words_of = ("id", _make_claim_words) if of_claims else ("event_id", _make_event_words)
        wanted = {"ids": sorted({row[key] for row in rows})}
        texts: dict[tuple[UUID, int], str] = {}
        for documents in _CLAIM_DOCUMENTS if of_claims else _EVENT_DOCUMENTS:
            for id, position, text in self.connection.execute(documents, wanted):
                texts[id, position] = text
        filled = []
        for row in rows:
            text = texts.get((row[key], row["from_position"]))
            if text is None:
                raise Invalid(f"the backup has words of {row[key]} without a document")
            filled.append({**row, "words": words_of(text)})
        return filled

    def _restore_self_references(self) -> None:
        """Restore references between rows of one table once all its rows are there."""
        for table, row in self._self_references:
            key = table.c[_get_key(table)]
            self.connection.execute(update(table).where(key == row[key.name]).values(row))


def _get_key(table: Table) -> str:
    return str(next(iter(table.primary_key.columns)).name)


def _refuse_records(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        if table is not feed and connection.scalar(select(exists().select_from(table))):
            raise Invalid(f"the database is not empty ({table.name}): restore into a new one")


def _read_lines(file: BackupFile) -> Iterator[bytes]:
    try:
        for line in file:  # noqa: UP028 - `yield from` would close the file with this generator
            yield line
    except (EOFError, OSError, zlib.error) as cut:
        raise Invalid(f"the backup is damaged or incomplete: {cut}") from None


def _parse_line(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except ValueError:
        raise Invalid("the file is not a backup, or is damaged: a line is not JSON") from None


def _make_event_words(document: str) -> EventTokens:
    return index_event(decode_document(document), (), ()).words


def _make_claim_words(document: str) -> EventTokens:
    words: EventTokens = make_claim_text(extract_claim_content(decode_document(document)))["words"]
    return words


def _select_documents(*tables: Table) -> list[Select[Any]]:
    return [
        select(table.c.id, table.c.from_position, table.c.document).where(any_of(table.c.id, "ids"))
        for table in tables
    ]


_EVENT_DOCUMENTS = _select_documents(event_documents, past_event_documents)
_CLAIM_DOCUMENTS = _select_documents(claims, past_claims)
