"""The check of actors, sources and datasets: documents, past, and the slugs that records name."""

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
from app.maintenance.check.check_findings import (
    CheckFinding,
    join_names,
    list_differing_columns,
    load_rows,
)
from app.maintenance.check.check_past import (
    are_disjoint,
    check_revisions,
    get_span,
    join_rows,
    make_span_key,
)
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
from app.record.document import decode_document
from app.record.not_found import PURGED
from app.record.reference_records.name_keys import make_name_keys
from app.record.reference_records.save_reference_record import (
    INITIAL_POSITION,
    RECORD_TABLES,
    add_revision_fields,
    drop_revision_fields,
    make_record_columns,
)
from app.values.ids import make_slug_id
from app.vocab.name_key import fold_name

SLUGS_PER_BATCH = 500
OWN_SCHEME_PREFIX = "="
"""The first letter of internal schemes, which no document shows."""

NAME_TABLES = ((actor_names, past_actor_names), (actor_codes, past_actor_codes))


@dataclass(frozen=True, slots=True)
class _InitialChange:
    """The missing change of a record that was there before the feed."""

    revision: int
    operation: str = "created"
    position: int = INITIAL_POSITION


def check_reference_records(connection: Connection) -> Iterator[CheckFinding]:
    """Check row and document, names and codes of actors, past and feed."""
    for noun, tables in RECORD_TABLES.items():
        after = ""
        while slugs := _fetch_next_slugs(connection, tables, after):
            for rows in load_rows(connection, tables[0], "slug", slugs).values():
                yield from _check_record(noun, rows[0])
            if noun == "actor":
                yield from _check_names(connection, slugs)
            if noun != "dataset":
                yield from _check_keys(connection, noun, slugs)
            yield from _check_pasts(connection, noun, slugs)
            after = slugs[-1]
        for slug in connection.scalars(_select_strays(noun)):
            yield CheckFinding(noun, slug, "is in the feed, but has no document")


def check_referenced_slugs(connection: Connection) -> Iterator[CheckFinding]:
    """Find slugs that records name and that never existed; no foreign key protects them."""
    for column, noun in REFERENCE_COLUMNS:
        for slug in connection.scalars(_select_unknown(column, noun)):
            what = f"is named in {column.table.name}.{column.name}, but never existed"
            yield CheckFinding(noun, slug, what)


def _fetch_next_slugs(connection: Connection, tables: tuple[Table, Table], after: str) -> list[str]:
    found: set[str] = set()
    for table in tables:
        found.update(connection.scalars(_select_slugs(table), {"after": after}))
    return sorted(found, key=str.encode)[:SLUGS_PER_BATCH]


def _select_slugs(table: Table) -> Select[Any]:
    after = table.c.slug > bindparam("after", type_=table.c.slug.type)
    return (
        select(table.c.slug).where(after).distinct().order_by(table.c.slug).limit(SLUGS_PER_BATCH)
    )


def _check_record(noun: str, row: Row[Any]) -> Iterator[CheckFinding]:
    document = decode_document(row.document)
    content = drop_revision_fields(document)
    if add_revision_fields(content, row.revision, row.created_at, row.updated_at) != document:
        yield CheckFinding(noun, row.slug, "its document is of another revision than its row")
    others = list_differing_columns(make_record_columns(noun, document), row)
    if others:
        yield CheckFinding(noun, row.slug, f"its row disagrees in {join_names(others)}")


def _check_names(connection: Connection, slugs: Sequence[str]) -> Iterator[CheckFinding]:
    records = load_rows(connection, actors, "slug", slugs)
    names = load_rows(connection, actor_names, "actor", slugs)
    codes = load_rows(connection, actor_codes, "actor", slugs)
    for slug, rows in records.items():
        document = decode_document(rows[0].document)
        wanted = {fold_name(name) for name in (document["name"], *document["aliases"])}
        if {row.folded for row in names.get(slug, ())} != wanted:
            yield CheckFinding("actor", slug, "its search names differ from its document")
        listed = {(scheme, code) for scheme, many in document["codes"].items() for code in many}
        found = {(row.scheme, row.code) for row in codes.get(slug, ())}
        if {name for name in found if not name[0].startswith(OWN_SCHEME_PREFIX)} != listed:
            yield CheckFinding("actor", slug, "its search codes differ from its document")


def _check_keys(connection: Connection, noun: str, slugs: Sequence[str]) -> Iterator[CheckFinding]:
    keys: dict[str, set[str]] = {slug: set() for slug in slugs}
    for slug, key in connection.execute(_KEYS, {"noun": noun, "slugs": list(slugs)}):
        keys[slug].add(key)
    for slug, rows in load_rows(connection, RECORD_TABLES[noun][0], "slug", slugs).items():
        if keys[slug] != make_name_keys(decode_document(rows[0].document)):
            yield CheckFinding(noun, slug, "its name keys differ from its document")


def _check_pasts(connection: Connection, noun: str, slugs: Sequence[str]) -> Iterator[CheckFinding]:
    present, past = RECORD_TABLES[noun]
    ids = {slug: make_slug_id(noun, slug) for slug in slugs}
    feed = load_rows(connection, changes, "id", list(ids.values()))
    current = load_rows(connection, present, "slug", slugs)
    states = join_rows(current, load_rows(connection, past, "slug", slugs))
    former = _load_redirects(connection, noun, slugs)
    names_at = {
        past_names: join_rows(
            load_rows(connection, names, "actor", slugs),
            load_rows(connection, past_names, "actor", slugs),
        )
        for names, past_names in (NAME_TABLES if noun == "actor" else ())
    }
    for slug in slugs:
        rows = states[slug]
        changes_of_record = sorted(
            feed.get(ids[slug], ()), key=lambda past_names: past_names.position
        )
        first = [
            _InitialChange(row.revision) for row in rows if row.from_position == INITIAL_POSITION
        ]
        for what in check_revisions([*first, *changes_of_record], rows):
            yield CheckFinding(noun, slug, what)
        is_merged = bool(changes_of_record) and changes_of_record[-1].operation == "merged"
        leads_on = [row for row in former.get(slug, ()) if get_span(row)[1] is None]
        if bool(leads_on) != is_merged:
            yield CheckFinding(
                noun, slug, "the feed and the merges disagree on whether it was merged"
            )
        if not are_disjoint(sorted(map(get_span, former.get(slug, ())), key=make_span_key)):
            yield CheckFinding(noun, slug, "was merged into two records at once")
        for past, names in names_at.items():
            for what in _check_past_names(
                names.get(slug, ()), {past_names.position for past_names in changes_of_record}
            ):
                yield CheckFinding(noun, slug, f"{past.name} {what}")


def _check_past_names(rows: Sequence[Row[Any]], positions: set[int]) -> Iterator[str]:
    spans = sorted({get_span(row) for row in rows}, key=make_span_key)
    ends = {end for span in spans for end in span if end is not None}
    if ends - positions - {INITIAL_POSITION}:
        yield "begins or ends where the actor did not change"
    if not are_disjoint(spans):
        yield "holds two states at once"


def _load_redirects(
    connection: Connection, noun: str, slugs: Sequence[str]
) -> dict[Any, list[Row[Any]]]:
    pairs = (
        load_rows(connection, table, "slug", slugs) for table in (former_slugs, past_former_slugs)
    )
    found = join_rows(*pairs)
    return {slug: [row for row in rows if row.noun == noun] for slug, rows in found.items()}


def _make_absent_conditions(slug: Any, noun: str) -> list[ColumnElement[bool]]:
    """Return the conditions for a slug without an existing, past or merged record."""
    merged = exists().where(former_slugs.c.noun == noun, former_slugs.c.slug == slug)
    # Aliased, because the owner of a source is itself looked up in `sources`.
    there = [table.alias() for table in RECORD_TABLES[noun]]
    return [*(~exists().where(table.c.slug == slug) for table in there), ~merged]


def _select_unknown(column: Column[Any], noun: str) -> Select[Any]:
    return (
        select(column).where(column.is_not(None), *_make_absent_conditions(column, noun)).distinct()
    )


def _select_strays(noun: str) -> Select[Any]:
    of_noun = changes.c.slug.is_not(None), changes.c.kind == noun, changes.c.operation != PURGED
    return (
        select(changes.c.slug)
        .where(*of_noun, *_make_absent_conditions(changes.c.slug, noun))
        .distinct()
    )


# The columns with slugs that no foreign key protects.
REFERENCE_COLUMNS: Sequence[tuple[Column[Any], str]] = (
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
