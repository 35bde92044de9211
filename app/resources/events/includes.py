"""The records that a page of events includes: claims, relations and the records that they name.

Each kind is fetched for all events of the page at once. With `as_of` they are as they were then.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    func,
    literal,
    select,
    union,
    union_all,
)

from app.db.database import Database
from app.db.sql.array_sql import any_of
from app.db.sql.fulltext_sql import words_contain
from app.export.writer import JsonDocument
from app.models.claims import claim_texts, claims, past_claim_texts, past_claims
from app.models.relations import past_relations, relations
from app.query.record_query import PlannedQuery
from app.query.resource_type import ResourceType
from app.query.table_view import (
    AT_POSITION,
    is_made_by_known_day,
    is_valid_at_position,
    list_tables_at,
    select_merged_at,
    unite_all,
)
from app.query.visibility import VisibleStatement, build_visibility
from app.record.document import decode_document
from app.resources.actors.resource_type import ACTORS
from app.resources.datasets.resource_type import DATASETS
from app.resources.sources.resource_type import SOURCES
from app.values.caller import Caller
from app.values.tokenizer import WordQuery

MOST_INCLUDED = 20

IncludedDocuments = Mapping[UUID, Sequence[str]]
RecordsBySlug = Mapping[str, JsonDocument]
ClaimsByEvent = Mapping[str, Sequence[JsonDocument]]


async def fetch_latest_claims(
    database: Database, query: PlannedQuery, ids: Sequence[UUID], *, whole: bool = False
) -> IncludedDocuments:
    """Fetch the claims of each event: all of them, or one more than are shown at most."""
    as_of, known = query.as_of is not None, query.known_day is not None
    statement = _make_claims_statement(as_of, known, whole)
    return await _fetch_by_event(database, statement, query, ids)


async def fetch_claims_with_words(
    database: Database, query: PlannedQuery, ids: Sequence[UUID], words: WordQuery
) -> IncludedDocuments:
    """Fetch the latest claims of each event whose paraphrases have the words."""
    as_of, known = query.as_of is not None, query.known_day is not None
    statement = _make_claims_statement(as_of, known, whole=False, with_words=True)
    return await _fetch_by_event(database, statement, query, ids, words_held=words)


async def fetch_latest_relations(
    database: Database, query: PlannedQuery, ids: Sequence[UUID], *, whole: bool = False
) -> IncludedDocuments:
    """Fetch the relations from and to each event if both of their ends are visible."""
    statement = _make_relations_statement(query.as_of is not None, whole)
    return await _fetch_by_event(database, statement, query, ids)


async def add_references(
    database: Database, query: PlannedQuery, documents: Sequence[JsonDocument]
) -> None:
    """Add to each event the visible records that it and its claims name."""
    claims = await _fetch_claims(database, query, documents)
    sources = await _fetch_sources(database, query, claims)
    named = {document["id"]: _list_named_slugs(document, claims, sources) for document in documents}
    slugs = {slug for actors, _ in named.values() for slug in actors}
    actors = await _fetch_by_slug(database, ACTORS, query, slugs)
    datasets = await _fetch_by_slug(
        database, DATASETS, query, {document["dataset"] for document in documents}
    )
    for document in documents:
        actor_slugs, source_slugs = named[document["id"]]
        document["references"] = {
            "dataset": datasets.get(document["dataset"]),
            "actors": _pick_records(actors, actor_slugs),
            "sources": _pick_records(sources, source_slugs),
        }


@cache
def _make_claims_statement(
    as_of: bool, known: bool, whole: bool, with_words: bool = False
) -> VisibleStatement:
    """Make the statement for claims, which are visible if their events are."""
    rows = _select_claims(as_of, known, with_words=with_words)
    return VisibleStatement(lambda caller: _rank_by_event(rows, whole))


@cache
def _make_relations_statement(as_of: bool, whole: bool) -> VisibleStatement:
    return VisibleStatement(lambda caller: _rank_by_event(_select_relations(caller, as_of), whole))


async def _fetch_by_event(
    database: Database,
    statement: VisibleStatement,
    query: PlannedQuery,
    ids: Sequence[UUID],
    **others: Any,
) -> IncludedDocuments:
    values = {
        **others,
        "ids": list(ids),
        "at_position": query.as_of,
        "known_day": query.known_day,
    }
    found: dict[UUID, list[str]] = {}
    for event_id, document in await statement.fetch(database, query.caller, values):
        found.setdefault(event_id, []).append(document)
    return found


def _select_claims(as_of: bool, known: bool, *, with_words: bool = False) -> FromClause:
    def select_from(table: FromClause) -> list[Any]:
        conditions = [is_made_by_known_day(table)] if known else []
        conditions += [_has_words(table)] if with_words else []
        columns = (table.c.document, table.c.made_day.label("latest"), table.c.id)
        return _select_by_event(
            table, "event_id", columns, [*conditions, *_filter_as_of(table, as_of)], as_of
        )

    tables = [claims, past_claims] if as_of else [claims]
    return union_all(*(part for table in tables for part in select_from(table))).subquery()


def _has_words(table: FromClause) -> ColumnElement[bool]:
    """Return whether a claim has the words, which are stored under its first position."""
    texts = past_claim_texts if table is past_claims else claim_texts
    matches = select(1).where(
        texts.c.event_id == table.c.event_id,
        texts.c.id == table.c.id,
        texts.c.rowid == table.c.from_position,
        words_contain(texts.c.words, "words_held"),
    )
    return matches.correlate(table).exists()


def _select_relations(caller: Caller, as_of: bool) -> FromClause:
    def select_from(table: FromClause, end: str) -> list[Any]:
        seen = build_visibility(table, ("dataset", "to_dataset"), caller)
        columns = (table.c.document, table.c.created_at.label("latest"), table.c.id)
        return _select_by_event(table, end, columns, [*seen, *_filter_as_of(table, as_of)], as_of)

    tables = [relations, past_relations] if as_of else [relations]
    parts = [
        part
        for table in tables
        for end in ("event_id", "to_event_id")
        for part in select_from(table, end)
    ]
    # Not UNION ALL: both ends of a relation may have been merged into the same event.
    return union(*parts).subquery()


def _select_by_event(
    table: FromClause,
    end: str,
    columns: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
    as_of: bool,
) -> list[Any]:
    """Select the rows of the wanted events and of the events merged into them."""
    merged = select_merged_at(as_of=as_of)
    own = select(table.c[end].label("event_id"), *columns).where(any_of(table.c[end], "ids"))
    others = select(merged.c.winner_id.label("event_id"), *columns).where(
        any_of(merged.c.winner_id, "ids"), table.c[end] == merged.c.event_id
    )
    return [rows.where(*conditions) for rows in (own, others)]


def _filter_as_of(table: FromClause, as_of: bool) -> list[ColumnElement[bool]]:
    if not as_of:
        return []
    return (
        [is_valid_at_position(table)]
        if "until_position" in table.c
        else [table.c.from_position <= AT_POSITION]
    )


def _rank_by_event(rows: FromClause, whole: bool) -> Select[UUID, str]:
    rank = func.row_number().over(
        partition_by=rows.c.event_id, order_by=(rows.c.latest.desc(), rows.c.id.desc())
    )
    ranked = select(rows.c.event_id, rows.c.document, rank.label("rank")).subquery()
    found = select(ranked.c.event_id, ranked.c.document)
    if not whole:
        found = found.where(ranked.c.rank <= literal(MOST_INCLUDED + 1, Integer))
    return found.order_by(ranked.c.event_id, ranked.c.rank)


async def _fetch_claims(
    database: Database, query: PlannedQuery, documents: Sequence[JsonDocument]
) -> ClaimsByEvent:
    ids = [UUID(document["id"]) for document in documents]
    found = await fetch_latest_claims(database, query, ids, whole=True)
    return {str(id): [decode_document(text) for text in texts] for id, texts in found.items()}


async def _fetch_sources(
    database: Database, query: PlannedQuery, claims: ClaimsByEvent
) -> RecordsBySlug:
    """Fetch the sources that claims name, and their owners, the owners of those, and so on."""
    found: dict[str, JsonDocument] = {}
    wanted = {
        slug
        for of_event in claims.values()
        for claim in of_event
        for slug in (claim["source"], claim["origin"])
        if slug
    }
    while wanted:
        more = await _fetch_by_slug(database, SOURCES, query, wanted)
        found.update(more)
        wanted = {source["owner"] for source in more.values() if source["owner"]} - set(found)
    return found


def _list_named_slugs(
    document: JsonDocument, claims: ClaimsByEvent, sources: RecordsBySlug
) -> tuple[set[str], set[str]]:
    """List the slugs of the actors and of the sources that an event and its claims name."""
    of_event = claims.get(document["id"], ())
    source_slugs = {slug for claim in of_event for slug in (claim["source"], claim["origin"])}
    pending = source_slugs - {None}
    while pending:
        owners = {sources[slug]["owner"] for slug in pending if slug in sources}
        pending = owners - source_slugs - {None}
        source_slugs |= pending
    speakers = [claim["speaker"] for claim in of_event if claim["speaker"]]
    actors = {
        participant[end] for participant in document["participants"] for end in ("actor", "for")
    }
    actors |= {speaker[end] for speaker in speakers for end in ("actor", "speaks_for")}
    actors |= {sources[slug]["speaks_for"] for slug in source_slugs if slug in sources}
    return actors - {None}, source_slugs - {None}


def _pick_records(records: RecordsBySlug, slugs: Iterable[str]) -> list[JsonDocument]:
    return [records[slug] for slug in sorted(slugs) if slug in records]


async def _fetch_by_slug(
    database: Database, resource_type: ResourceType, query: PlannedQuery, slugs: Iterable[str]
) -> RecordsBySlug:
    wanted = sorted(slugs)
    if not wanted:
        return {}
    statement = _select_by_slug(resource_type, query.as_of is not None)
    values = {"slugs": wanted, "at_position": query.as_of}
    rows = await statement.fetch(database, query.caller, values)
    return {slug: decode_document(document) for slug, document in rows}


@cache
def _select_by_slug(resource_type: ResourceType, as_of: bool) -> VisibleStatement:
    return VisibleStatement(
        lambda caller: unite_all(
            select(table.c.slug, table.c.document).where(
                any_of(table.c.slug, "slugs"),
                *conditions,
                *build_visibility(table, resource_type.visible_by, caller),
            )
            for table, conditions in list_tables_at(resource_type.table, as_of=as_of)
        )
    )
