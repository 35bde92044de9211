"""Actors, sources and datasets: each as its document says it, its past, and who is named."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    exists,
    select,
)

from app.db.sql.array_sql import any_of
from app.maintenance.check.check_findings import Finding, named, other_columns, rows_of
from app.maintenance.check.check_past import apart, in_order, joined, span, wrong_with
from app.models.actors import (
    actor_codes,
    actor_names,
    actors,
    past_actor_codes,
    past_actor_names,
)
from app.models.changes import changes
from app.models.claims import claims
from app.models.events import participants
from app.models.imports import claim_rows
from app.models.names import former_slugs, name_keys, past_former_slugs
from app.models.sources import sources
from app.query.names.name_folding import fold_name
from app.record.document import decode
from app.record.reference_records.name_keys import keys_of
from app.record.reference_records.save_reference_record import (
    ALWAYS,
    TABLES,
    columns_of,
    stamped,
    unstamped,
)
from app.record.tombstones import PURGED
from app.values.ids import slug_id

BATCH = 500
MARK = "="
"""Begins the schemes that are ours and no code: they stand in no document."""

NAMES = ((actor_names, past_actor_names), (actor_codes, past_actor_codes))


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What stands for the change that made a record which has stood always."""

    revision: int
    operation: str = "created"
    position: int = ALWAYS


def check_slugged(connection: Connection) -> Iterator[Finding]:
    """Actors, sources and datasets: row and document, names and codes of actors, past and feed."""
    for noun, tables in TABLES.items():
        after = ""
        while slugs := _next_slugs(connection, tables, after):
            for rows in rows_of(connection, tables[0], "slug", slugs).values():
                yield from _check_record(noun, rows[0])
            if noun == "actor":
                yield from _check_names(connection, slugs)
            if noun != "dataset":
                yield from _check_keys(connection, noun, slugs)
            yield from _check_pasts(connection, noun, slugs)
            after = slugs[-1]
        for slug in connection.scalars(_strays(noun)):
            yield Finding(noun, slug, "is told of in the feed, and has no document")


def check_named(connection: Connection) -> Iterator[Finding]:
    """Those who are named and neither stand nor ever stood: no foreign key keeps them."""
    for column, noun in NAMING:
        for slug in connection.scalars(_unknown(column, noun)):
            what = f"is named in {column.table.name}.{column.name}, and was never there"
            yield Finding(noun, slug, what)


def _next_slugs(connection: Connection, tables: tuple[Table, Table], after: str) -> list[str]:
    found: set[str] = set()
    for table in tables:
        found.update(connection.scalars(_slugs(table), {"after": after}))
    return sorted(found, key=str.encode)[:BATCH]


def _slugs(table: Table) -> Select[Any]:
    after = table.c.slug > bindparam("after", type_=table.c.slug.type)
    return select(table.c.slug).where(after).distinct().order_by(table.c.slug).limit(BATCH)


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
        wanted = {fold_name(each) for each in (document["name"], *document["aliases"])}
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
    for slug, rows in rows_of(connection, TABLES[noun][0], "slug", slugs).items():
        if held[slug] != keys_of(decode(rows[0].document)):
            yield Finding(noun, slug, "the keys that it is looked up by are not its own")


def _check_pasts(connection: Connection, noun: str, slugs: Sequence[str]) -> Iterator[Finding]:
    present, past = TABLES[noun]
    ids = {slug: slug_id(noun, slug) for slug in slugs}
    feed = rows_of(connection, changes, "id", list(ids.values()))
    standing = rows_of(connection, present, "slug", slugs)
    states = joined(standing, rows_of(connection, past, "slug", slugs))
    former = _former(connection, noun, slugs)
    names_at = {
        each: joined(
            rows_of(connection, names, "actor", slugs), rows_of(connection, each, "actor", slugs)
        )
        for names, each in (NAMES if noun == "actor" else ())
    }
    for slug in slugs:
        rows = states[slug]
        told = sorted(feed.get(ids[slug], ()), key=lambda each: each.position)
        first = [_Beginning(row.revision) for row in rows if row.from_position == ALWAYS]
        for what in wrong_with([*first, *told], rows):
            yield Finding(noun, slug, what)
        is_merged = bool(told) and told[-1].operation == "merged"
        leads_on = [row for row in former.get(slug, ()) if span(row)[1] is None]
        if bool(leads_on) != is_merged:
            yield Finding(noun, slug, "the feed and the merges disagree on whether it was merged")
        if not apart(sorted(map(span, former.get(slug, ())), key=in_order)):
            yield Finding(noun, slug, "was merged into two at once")
        for past, names in names_at.items():
            for what in _wrong_with_names(names.get(slug, ()), {each.position for each in told}):
                yield Finding(noun, slug, f"{past.name} {what}")


def _wrong_with_names(rows: Sequence[Row[Any]], positions: set[int]) -> Iterator[str]:
    spans = sorted({span(row) for row in rows}, key=in_order)
    ends = {end for each in spans for end in each if end is not None}
    if ends - positions - {ALWAYS}:
        yield "begins or ends where the actor did not change"
    if not apart(spans):
        yield "holds two states at once"


def _former(connection: Connection, noun: str, slugs: Sequence[str]) -> dict[Any, list[Row[Any]]]:
    pairs = (rows_of(connection, each, "slug", slugs) for each in (former_slugs, past_former_slugs))
    found = joined(*pairs)
    return {slug: [row for row in rows if row.noun == noun] for slug, rows in found.items()}


def _was_never_there(slug: Any, noun: str) -> list[ColumnElement[bool]]:
    """What is true of a slug under which nothing stands, stood or was merged away."""
    merged = exists().where(former_slugs.c.noun == noun, former_slugs.c.slug == slug)
    # Under other names: a source's owner is looked for among sources.
    there = [table.alias() for table in TABLES[noun]]
    return [*(~exists().where(each.c.slug == slug) for each in there), ~merged]


def _unknown(column: Column[Any], noun: str) -> Select[Any]:
    return select(column).where(column.is_not(None), *_was_never_there(column, noun)).distinct()


def _strays(noun: str) -> Select[Any]:
    of_noun = changes.c.slug.is_not(None), changes.c.kind == noun, changes.c.operation != PURGED
    return (
        select(changes.c.slug).where(*of_noun, *_was_never_there(changes.c.slug, noun)).distinct()
    )


# Where slugs stand that no foreign key keeps.
NAMING: Sequence[tuple[Column[Any], str]] = (
    (participants.c.actor, "actor"),
    (claims.c.speaker, "actor"),
    (claims.c.speaks_for, "actor"),
    (claims.c.source, "source"),
    (claims.c.origin, "source"),
    (claim_rows.c.source, "source"),
    (claim_rows.c.origin, "source"),
    (sources.c.owner, "source"),
    (sources.c.speaks_for, "actor"),
)
_KEYS = select(name_keys.c.slug, name_keys.c.key).where(
    name_keys.c.noun == bindparam("noun"), any_of(name_keys.c.slug, "slugs")
)
