"""Publishing of private actors and sources that public records begin to name.

Only a caller who can see a record publishes it; records hidden from the caller stay private.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    bindparam,
    exists,
    literal,
    or_,
    select,
    update,
)

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.models.actors import actors
from app.models.claims import claims, past_claims
from app.models.events import event_documents, participants, past_event_documents, past_participants
from app.models.imports import PUBLIC_OWNER, claim_rows, import_slugs
from app.models.sources import sources
from app.query.redirects import MERGEABLE_TABLES
from app.query.visibility import bind_grants, build_visibility
from app.record.reference_records.save_reference_record import (
    ReferenceRecord,
    ReferenceRecordChange,
    drop_revision_fields,
    parse_record_row,
    save_reference_records,
    select_reference_records,
)
from app.values.caller import Caller


class PublishedSlug(NamedTuple):
    """A record that was private and is now public."""

    noun: str
    slug: str


def publish_actors(write: Transaction, caller: Caller, slugs: Iterable[str]) -> list[PublishedSlug]:
    """Make the private ones of the actors public."""
    return _publish_records(write, caller, "actor", slugs)


def publish_sources(
    write: Transaction, caller: Caller, slugs: Iterable[str]
) -> list[PublishedSlug]:
    """Make the sources public, and the owner and the actor that the document of each names."""
    referenced = _load_referenced(write, caller, slugs)
    found = _publish_records(write, caller, "source", referenced.sources)
    return found + publish_actors(write, caller, referenced.actors)


def find_records_to_publish(
    write: Transaction, caller: Caller, slugs: Iterable[str]
) -> list[PublishedSlug]:
    """Return the records that would become public with the sources, including them."""
    referenced = _load_referenced(write, caller, slugs)
    found = [
        PublishedSlug("source", slug) for slug, row in referenced.sources.items() if row.dataset
    ]
    return found + [PublishedSlug("actor", slug) for slug, of in referenced.actors.items() if of]


def find_fully_visible(write: Transaction, caller: Caller, slugs: Iterable[str]) -> set[str]:
    """Return the sources that the caller sees with all records that they would publish."""
    referenced = _load_referenced(write, caller, slugs)
    heard = {None, *referenced.actors}
    whole = {slug for slug, row in referenced.sources.items() if row.speaks_for in heard}
    while fallen := {
        slug for slug in whole if referenced.sources[slug].owner not in {None, *whole}
    }:
        whole -= fallen
    return whole & set(slugs)


def publish_dataset_records(write: Transaction, caller: Caller, dataset: str) -> None:
    """Make the records of a dataset that becomes public, and those that it names, public."""
    of = {"of": dataset}
    for table, used, adopt in (
        (actors, _ACTOR_USES, publish_actors),
        (sources, _SOURCE_USES, publish_sources),
    ):
        held = select(table.c.slug).where(table.c.dataset.is_not(None))
        concerned = or_(table.c.dataset == bindparam("of"), *used)
        adopt(write, caller, write.connection.scalars(held.where(concerned), of).all())
    write.connection.execute(_SHARE_SLUGS, of)


class _SourceReferences(NamedTuple):
    """The owner and actor that a source's document names, and the source's private dataset."""

    dataset: str | None
    owner: str | None
    speaks_for: str | None


class _ReferencedRecords(NamedTuple):
    """Sources with their owners, and the actors that they speak for, as the caller sees them."""

    sources: dict[str, _SourceReferences]
    actors: dict[str, str | None]


def _load_referenced(
    write: Transaction, caller: Caller, slugs: Iterable[str]
) -> _ReferencedRecords:
    granted = bind_grants(caller)
    named: dict[str, _SourceReferences] = {}
    pending = set(slugs)
    statement = _select_visible(sources, caller, "slug", "dataset", "owner", "speaks_for")
    while pending:
        rows = write.connection.execute(statement, {"slugs": sorted(pending), **granted})
        found = {slug: _SourceReferences(*row) for slug, *row in rows}
        named |= found
        pending = {row.owner for row in found.values() if row.owner} - named.keys()
    speaking = {row.speaks_for for row in named.values() if row.speaks_for}
    statement = _select_visible(actors, caller, "slug", "dataset")
    actor_rows = write.connection.execute(statement, {"slugs": sorted(speaking), **granted})
    return _ReferencedRecords(named, dict(actor_rows.all()))


def _select_visible(table: Table, caller: Caller, *columns: str) -> Select[Any]:
    found = select(*(table.c[name] for name in columns))
    return found.where(
        any_of(table.c.slug, "slugs"), *build_visibility(table, ("dataset",), caller)
    )


def _publish_records(
    write: Transaction, caller: Caller, noun: str, slugs: Iterable[str]
) -> list[PublishedSlug]:
    """Publish the private ones of the records as their next revision."""
    wanted = sorted(set(slugs))
    if not wanted:
        return []
    table = MERGEABLE_TABLES[noun]
    seen = any_of(table.c.slug, "slugs"), *build_visibility(table, ("dataset",), caller)
    private = select_reference_records(noun, key_share=True).where(
        table.c.dataset.is_not(None), *seen
    )
    rows = write.connection.execute(private, {"slugs": wanted, **bind_grants(caller)})
    made = save_reference_records(
        write, noun, [_make_publishing_change(parse_record_row(row)) for row in rows]
    )
    return [PublishedSlug(noun, record.slug) for record in made]


def _make_publishing_change(private: ReferenceRecord) -> ReferenceRecordChange:
    content = {**drop_revision_fields(private.document), "dataset": None}
    return ReferenceRecordChange("updated", private.slug, private, content, keeps_names=True)


def _make_use_conditions(
    naming: Sequence[ColumnElement[str]], noun: Table
) -> list[ColumnElement[bool]]:
    """Return conditions: a record of the dataset names it in a column, now or in the past."""
    return [
        exists().where(column == noun.c.slug, column.table.c.dataset == bindparam("of"))
        for column in naming
    ]


def _make_participant_condition(participating: Table, documents: Table) -> ColumnElement[bool]:
    joined = participating.join(documents, documents.c.id == participating.c.event_id)
    found = select(literal(1)).select_from(joined)
    return found.where(
        participating.c.actor == actors.c.slug, documents.c.dataset == bindparam("of")
    ).exists()


_CLAIM_TABLES = (claims, past_claims)
_ACTOR_USES = [
    *_make_use_conditions(
        [each.c[name] for each in _CLAIM_TABLES for name in ("speaker", "speaks_for")], actors
    ),
    _make_participant_condition(participants, event_documents),
    _make_participant_condition(past_participants, past_event_documents),
]
_SOURCE_USES = _make_use_conditions(
    [each.c[name] for each in (*_CLAIM_TABLES, claim_rows) for name in ("source", "origin")],
    sources,
)

# A slug that an import chose beside a hidden record is now what every public dataset finds.
_PUBLIC_SLUGS = import_slugs.alias()
_SHARE_SLUGS = (
    update(import_slugs)
    .where(import_slugs.c.owner == bindparam("of"))
    .where(
        ~exists().where(
            _PUBLIC_SLUGS.c.noun == import_slugs.c.noun,
            _PUBLIC_SLUGS.c.named == import_slugs.c.named,
            _PUBLIC_SLUGS.c.owner == PUBLIC_OWNER,
        )
    )
    .values(owner=PUBLIC_OWNER)
)
