"""Saves of actors, sources and datasets: row, names, past and feed, in one transaction.

Every write of such a record uses this module, so that each has its past and its place in the feed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, Table, func, select

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.models.actors import actor_codes, actor_names, actors, past_actors
from app.models.changes import changes as change_feed
from app.models.datasets import datasets, past_datasets
from app.models.sources import past_sources, sources
from app.query.visibility import VisibleStatement, build_visibility
from app.record.document import SavedRecord, decode_document, encode_document
from app.record.reference_records.name_keys import add_name_keys, delete_name_keys
from app.record.versioned_rows import VersionedRows
from app.values.caller import OPERATOR, Caller
from app.values.ids import make_slug_id
from app.values.timestamps import format_timestamp
from app.vocab.name_key import fold_name

RECORD_TABLES: Mapping[str, tuple[Table, Table]] = {
    "actor": (actors, past_actors),
    "source": (sources, past_sources),
    "dataset": (datasets, past_datasets),
}
"""The present and the past table of each resource type."""

REVISION_FIELDS = ("revision", "created_at", "updated_at")
INITIAL_POSITION = 0
"""The position of records that were there before the feed."""


@dataclass(frozen=True, slots=True)
class ReferenceRecord:
    """The state of an actor, a source or a dataset; `position` is that of the change that wrote it.

    A deleted one has its last document, and the revision that deleted it. `propagation` is the job
    that propagates a change to its events, if these are many.
    """

    slug: str
    revision: int
    created_at: int
    position: int
    document: dict[str, Any]
    is_current: bool = True
    propagation: UUID | None = None

    @property
    def text(self) -> str:
        """The encoded document."""
        return encode_document(self.document)

    def get_saved(self) -> SavedRecord[str]:
        """Return what a service returns of the record."""
        return SavedRecord(self.slug, self.revision, self.text, self.propagation)

    @property
    def owner(self) -> str | None:
        """The private dataset that an actor or a source belongs to, if any."""
        dataset: str | None = self.document["dataset"]
        return dataset


@dataclass(frozen=True, slots=True)
class ReferenceRecordChange:
    """One record created, changed, deleted or merged (without `content`), or restored.

    `content` is its settable part in the order of the document. `hidden_codes` are codes of an
    actor that its document does not show; with `keeps_names` its names and codes do not change.
    """

    operation: str
    slug: str
    before: ReferenceRecord | None
    content: Mapping[str, Any] | None
    hidden_codes: Sequence[tuple[str, str]] = ()
    keeps_names: bool = False

    @property
    def replaces(self) -> bool:
        """True if the record exists already."""
        return self.before is not None and self.before.is_current


def save_reference_records(
    write: Transaction, noun: str, changes: Sequence[ReferenceRecordChange]
) -> list[ReferenceRecord]:
    """Save the changes, no two of one record, and return the new state of each record."""
    if not changes:
        return []
    for change in changes:
        if change.before is not None:
            write.require_after(change.before.position)
    first = write.reserve_positions(len(changes)) + 1
    saved = [_make_record(change, at, write.at) for at, change in enumerate(changes, first)]
    rows = VersionedRows()
    for change, record in zip(changes, saved, strict=True):
        rows.add(change_feed, _make_feed_row(write, noun, change.operation, record))
    _write_records(write, rows, noun, list(zip(changes, saved, strict=True)))
    return saved


def save_initial_records(
    write: Transaction, noun: str, changes: Sequence[ReferenceRecordChange]
) -> None:
    """Save new records without a change in the feed, as if they had always existed."""
    made = [(change, _make_record(change, INITIAL_POSITION, write.at)) for change in changes]
    _write_records(write, VersionedRows(), noun, made)


def select_reference_records(noun: str, *, key_share: bool = False) -> Select[Any]:
    """Select existing records for `parse_record_row`, locked in the order of their slugs."""
    table, _ = RECORD_TABLES[noun]
    columns = ("slug", "revision", "created_at", "from_position", "document")
    found = select(*(table.c[name] for name in columns)).order_by(table.c.slug)
    return found.with_for_update(of=table, key_share=key_share)


def parse_record_row(row: Row[Any]) -> ReferenceRecord:
    """Return the record of a row that `select_reference_records` found."""
    return ReferenceRecord(
        row.slug, row.revision, row.created_at, row.from_position, decode_document(row.document)
    )


def load_last_states(
    connection: Connection, noun: str, slugs: Iterable[str], caller: Caller = OPERATOR
) -> dict[str, ReferenceRecord]:
    """Return the last states of deleted or merged records, as far as the caller may know them.

    For slugs without an existing record: the removal of a record was its last revision.
    """
    values = {"slugs": sorted(set(slugs))}
    rows = _LAST_STATES[noun].fetch_within(connection, caller, values)
    return {
        slug: ReferenceRecord(
            slug, revision + 1, created_at, until, decode_document(document), is_current=False
        )
        for slug, revision, created_at, until, document in rows
    }


def add_revision_fields(
    content: Mapping[str, Any], revision: int, created_at: int, updated_at: int
) -> dict[str, Any]:
    """Return the document: the settable part, then the revision and the two times."""
    return {
        **content,
        "revision": revision,
        "created_at": format_timestamp(created_at),
        "updated_at": format_timestamp(updated_at),
    }


def drop_revision_fields(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settable part of a document."""
    return {name: value for name, value in document.items() if name not in REVISION_FIELDS}


def make_record_columns(noun: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a record's row that repeat members of its document."""
    table, _ = RECORD_TABLES[noun]
    content = drop_revision_fields(document)
    columns = {name: content[name] for name in content if name in table.c}
    if noun == "dataset":
        day = document["released_on"]
        columns["is_private"] = int(document["visibility"] == "private")
        columns["released_on"] = date.fromisoformat(day) if day else None
    return columns


def _make_record(change: ReferenceRecordChange, position: int, at: int) -> ReferenceRecord:
    before = change.before
    if change.content is None:
        assert before is not None, "what goes away was there"
        return replace(before, revision=before.revision + 1, position=position, is_current=False)
    revision, created_at = (before.revision + 1, before.created_at) if before else (1, at)
    document = add_revision_fields(change.content, revision, created_at, at)
    return ReferenceRecord(change.slug, revision, created_at, position, document)


def _write_records(
    write: Transaction,
    rows: VersionedRows,
    noun: str,
    changes: Sequence[tuple[ReferenceRecordChange, ReferenceRecord]],
) -> None:
    """Write the rows; names refer to actors, and so are deleted first and added last."""
    renamed = [(change, now) for change, now in changes if not change.keeps_names]
    for change, now in renamed if noun == "actor" else ():
        if change.replaces:
            for table in (actor_names, actor_codes):
                rows.expire(table, now.position, actor=change.slug)
    for change, now in changes:
        _write_record_row(rows, noun, change, now, write.at)
    for change, now in renamed if noun == "actor" else ():
        if now.is_current:
            _add_names(rows, now, change.hidden_codes)
    rows.write(write.connection)
    if noun != "dataset":
        delete_name_keys(write, noun, [change.slug for change, _ in renamed if change.replaces])
        add_name_keys(write, noun, [now.document for _, now in renamed if now.is_current])


def _write_record_row(
    rows: VersionedRows, noun: str, change: ReferenceRecordChange, now: ReferenceRecord, at: int
) -> None:
    table, _ = RECORD_TABLES[noun]
    if not now.is_current:
        rows.expire(table, now.position, slug=change.slug)
        return
    row = {
        **make_record_columns(noun, now.document),
        "revision": now.revision,
        "created_at": now.created_at,
        "updated_at": at,
        "from_position": now.position,
        "document": now.text,
    }
    put = rows.replace if change.replaces else rows.add
    put(table, row)


def _add_names(
    rows: VersionedRows, actor: ReferenceRecord, marks: Sequence[tuple[str, str]]
) -> None:
    document = actor.document
    of = {"actor": actor.slug, "from_position": actor.position}
    for name in sorted({fold_name(each) for each in (document["name"], *document["aliases"])}):
        rows.add(actor_names, {"folded": name, **of})
    listed = [(scheme, code) for scheme, codes in document["codes"].items() for code in codes]
    for scheme, code in (*listed, *marks):
        rows.add(actor_codes, {"scheme": scheme, "code": code, **of})


def _make_feed_row(
    write: Transaction, noun: str, operation: str, now: ReferenceRecord
) -> dict[str, Any]:
    id = make_slug_id(noun, now.slug)
    return {
        "event_id": id,
        "position": now.position,
        "id": id,
        "at": write.at,
        "revision": now.revision,
        "kind": noun,
        "operation": operation,
        "slug": now.slug,
        "dataset": now.slug if noun == "dataset" else now.document["dataset"],
        "to_dataset": None,
        "by": write.by,
    }


def _select_last_states(noun: str, caller: Caller) -> Select[Any]:
    _, past = RECORD_TABLES[noun]
    other = past.alias()
    last = select(func.max(other.c.until_position)).where(other.c.slug == past.c.slug)
    visible_by = "slug" if noun == "dataset" else "dataset"
    seen = build_visibility(past, (visible_by,), caller)
    columns = ("slug", "revision", "created_at", "until_position", "document")
    return select(*(past.c[name] for name in columns)).where(
        any_of(past.c.slug, "slugs"), past.c.until_position == last.scalar_subquery(), *seen
    )


_LAST_STATES = {
    noun: VisibleStatement(partial(_select_last_states, noun)) for noun in RECORD_TABLES
}
