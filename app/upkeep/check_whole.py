"""What stands beside the events: actors, sources, datasets, source rows and the feed's counters."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, Table, bindparam, func, select

from app.db.functions import any_of, started_before
from app.models.actors import actor_codes, actor_names, actors
from app.models.changes import changes
from app.models.datasets import datasets
from app.models.events import event_documents, event_texts, events, past_event_documents
from app.models.imports import NO_ROW, claim_rows, source_rows
from app.models.lookup import name_keys
from app.models.sources import sources
from app.query.names import folded_name
from app.record.document import decode
from app.record.lookup import keys_of
from app.record.save_slugged import columns_of, stamped, unstamped
from app.upkeep.findings import Finding, named, other_columns, rows_of

BATCH = 500
MARK = "="
"""Begins the schemes that are ours and no code: they stand in no document."""

SLUGGED: Mapping[str, Table] = {"actor": actors, "source": sources, "dataset": datasets}


def check_slugged(connection: Connection) -> Iterator[Finding]:
    """Actors, sources and datasets: row and document, and the names and codes of actors."""
    for noun, table in SLUGGED.items():
        after = ""
        while slugs := list(connection.scalars(_slugs(table), {"after": after})):
            for rows in rows_of(connection, table, "slug", slugs).values():
                yield from _check_record(noun, rows[0])
            if table is actors:
                yield from _check_names(connection, slugs)
            if table is not datasets:
                yield from _check_keys(connection, noun, slugs)
            after = slugs[-1]


def check_source_rows(connection: Connection, ids: Sequence[UUID]) -> Iterator[Finding]:
    """The untouched rows of these events: whose they are, and that nobody touched them."""
    held = [rows_of(connection, each, "id", ids) for each in _DOCUMENTS]
    for event_id, rows in rows_of(connection, source_rows, "event_id", ids).items():
        of_datasets = {row.dataset for found in held for row in found.get(event_id, ())}
        for row in rows:
            if of_datasets != {row.dataset}:
                what = "is of another dataset than its event, or of no event"
                yield Finding("source-row", str(event_id), what)
            if row.row != NO_ROW and _hash(row.row) != row.row_hash:
                yield Finding("source-row", str(event_id), "its hash is not that of its row")
    for event_id, rows in rows_of(connection, claim_rows, "event_id", ids).items():
        of_datasets = {row.dataset for found in held for row in found.get(event_id, ())}
        for row in rows:
            for what in _wrong_with_claim_row(row, of_datasets):
                yield Finding("claim-row", f"{event_id} {row.row_hash}", what)


def check_feed(connection: Connection) -> Iterator[Finding]:
    """The counters of the feed, and what no walk over the events can see."""
    last, bound = connection.execute(_BOUNDS).one()
    if last is not None and last >= bound:
        yield Finding("feed", "position", "a change lies beyond the number of transactions")
    for (position,) in connection.execute(_TWICE):
        yield Finding("feed", str(position), "two changes have this position")
    for (key,) in connection.execute(_SAME_ORDER):
        yield Finding("event", str(key), "two events have this order key")
    for (event_id,) in connection.execute(_STRAY_TEXTS):
        yield Finding("event", str(event_id), "has searchable words where it does not stand")


def _wrong_with_claim_row(row: Row[Any], of_datasets: set[str]) -> Iterator[str]:
    if of_datasets - {row.dataset}:
        yield "is of another dataset than its event"
    if not of_datasets and not row.is_waiting:
        yield "waits for no event, and has none"
    if _hash(row.row) != row.row_hash:
        yield "its hash is not that of its row"
    claim = decode(row.mapped)
    others = other_columns({name: claim.get(name) for name in ("source", "origin")}, row)
    if others:
        yield f"its row disagrees in {named(others)}"


def _hash(row: str) -> str:
    return blake2b(row.encode(), digest_size=16).hexdigest()


def _slugs(table: Table) -> Select[Any]:
    after = table.c.slug > bindparam("after", type_=table.c.slug.type)
    return select(table.c.slug).where(after).order_by(table.c.slug).limit(BATCH)


def _check_record(noun: str, row: Row[Any]) -> Iterator[Finding]:
    document = decode(row.document)
    content = unstamped(document)
    if stamped(content, row.revision, row.created_at, row.updated_at) != document:
        yield Finding(noun, row.slug, "its document is of another revision than its row")
    others = other_columns(columns_of(noun, document), row)
    if others:
        yield Finding(noun, row.slug, f"its row disagrees in {named(others)}")


def _check_names(connection: Connection, slugs: Sequence[str]) -> Iterator[Finding]:
    held = rows_of(connection, actors, "slug", slugs)
    names = rows_of(connection, actor_names, "actor", slugs)
    codes = rows_of(connection, actor_codes, "actor", slugs)
    for slug, rows in held.items():
        document = decode(rows[0].document)
        wanted = {folded_name(each) for each in (document["name"], *document["aliases"])}
        if {row.folded for row in names.get(slug, ())} != wanted:
            yield Finding("actor", slug, "the names that it is found by are not its own")
        listed = {(scheme, code) for scheme, many in document["codes"].items() for code in many}
        found = {(row.scheme, row.code) for row in codes.get(slug, ())}
        if {each for each in found if not each[0].startswith(MARK)} != listed:
            yield Finding("actor", slug, "the codes that it is found by are not its own")


def _check_keys(connection: Connection, noun: str, slugs: Sequence[str]) -> Iterator[Finding]:
    held: dict[str, set[str]] = {slug: set() for slug in slugs}
    for slug, key in connection.execute(_KEYS, {"noun": noun, "slugs": list(slugs)}):
        held[slug].add(key)
    for slug, rows in rows_of(connection, SLUGGED[noun], "slug", slugs).items():
        if held[slug] != keys_of(decode(rows[0].document)):
            yield Finding(noun, slug, "the keys that it is looked up by are not its own")


_KEYS = select(name_keys.c.slug, name_keys.c.key).where(
    name_keys.c.noun == bindparam("noun"), any_of(name_keys.c.slug, "slugs")
)
_DOCUMENTS = (event_documents, past_event_documents)
_BOUNDS = select(select(func.max(changes.c.position)).scalar_subquery(), started_before())
_TWICE = select(changes.c.position).group_by(changes.c.position).having(func.count() > 1)
_SAME_ORDER = select(events.c.order_key).group_by(events.c.order_key).having(func.count() > 1)
_STRAY_TEXTS = (
    select(event_texts.c.event_id)
    .outerjoin(
        events,
        (events.c.id == event_texts.c.event_id) & (events.c.order_key == event_texts.c.rowid),
    )
    .where(events.c.id.is_(None))
)
