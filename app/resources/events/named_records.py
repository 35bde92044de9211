"""The records that events name, shown beside them: dataset, actors, sources and their owners.

Beside an event of the past they are shown as they stood then.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from uuid import UUID

from sqlalchemy import select

from app.db.database import Database
from app.db.sql.array_sql import any_of
from app.export.writer import JsonDocument
from app.query.record_query import PlannedQuery
from app.query.resource_type import ResourceType
from app.query.table_view import list_tables_at, unite_all
from app.query.visibility import VisibleStatement, build_visibility
from app.record.document import decode_document
from app.resources.actors.resource_type import ACTORS
from app.resources.datasets.resource_type import DATASETS
from app.resources.events.includes import fetch_latest_claims
from app.resources.sources.resource_type import SOURCES

RecordsBySlug = Mapping[str, JsonDocument]


async def add_references(
    database: Database, question: PlannedQuery, documents: Sequence[JsonDocument]
) -> None:
    """Add to each event the records that it and its claims name, as far as the caller sees them."""
    claims = await _fetch_claims(database, question, documents)
    sources = await _fetch_sources(database, question, claims)
    named = {document["id"]: _list_named_slugs(document, claims, sources) for document in documents}
    slugs = {slug for actors, _ in named.values() for slug in actors}
    actors = await _fetch_by_slug(database, ACTORS, question, slugs)
    datasets = await _fetch_by_slug(
        database, DATASETS, question, {each["dataset"] for each in documents}
    )
    for document in documents:
        actor_slugs, source_slugs = named[document["id"]]
        document["references"] = {
            "dataset": datasets.get(document["dataset"]),
            "actors": _pick_records(actors, actor_slugs),
            "sources": _pick_records(sources, source_slugs),
        }


ClaimsByEvent = Mapping[str, Sequence[JsonDocument]]


async def _fetch_claims(
    database: Database, question: PlannedQuery, documents: Sequence[JsonDocument]
) -> ClaimsByEvent:
    ids = [UUID(document["id"]) for document in documents]
    found = await fetch_latest_claims(database, question, ids, whole=True)
    return {str(id): [decode_document(text) for text in texts] for id, texts in found.items()}


async def _fetch_sources(
    database: Database, question: PlannedQuery, claims: ClaimsByEvent
) -> RecordsBySlug:
    """The sources that claims name, and whoever owns them."""
    found: dict[str, JsonDocument] = {}
    wanted = {
        slug
        for of_event in claims.values()
        for claim in of_event
        for slug in (claim["source"], claim["origin"])
        if slug
    }
    while wanted:
        more = await _fetch_by_slug(database, SOURCES, question, wanted)
        found.update(more)
        wanted = {each["owner"] for each in more.values() if each["owner"]} - set(found)
    return found


def _list_named_slugs(
    document: JsonDocument, claims: ClaimsByEvent, sources: RecordsBySlug
) -> tuple[set[str], set[str]]:
    """The actors and the sources that an event names."""
    of_event = claims.get(document["id"], ())
    source_slugs = {slug for claim in of_event for slug in (claim["source"], claim["origin"])}
    pending = source_slugs - {None}
    while pending:
        owners = {sources[slug]["owner"] for slug in pending if slug in sources}
        pending = owners - source_slugs - {None}
        source_slugs |= pending
    speakers = [claim["speaker"] for claim in of_event if claim["speaker"]]
    actors = {each[end] for each in document["participants"] for end in ("actor", "for")}
    actors |= {each[end] for each in speakers for end in ("actor", "speaks_for")}
    actors |= {sources[slug]["speaks_for"] for slug in source_slugs if slug in sources}
    return actors - {None}, source_slugs - {None}


def _pick_records(records: RecordsBySlug, slugs: Iterable[str]) -> list[JsonDocument]:
    return [records[slug] for slug in sorted(slugs) if slug in records]


async def _fetch_by_slug(
    database: Database, noun: ResourceType, question: PlannedQuery, slugs: Iterable[str]
) -> RecordsBySlug:
    wanted = sorted(slugs)
    if not wanted:
        return {}
    statement = _select_by_slug(noun, question.as_of is not None)
    values = {"slugs": wanted, "at_position": question.as_of}
    rows = await statement.fetch(database, question.caller, values)
    return {slug: decode_document(document) for slug, document in rows}


@cache
def _select_by_slug(noun: ResourceType, as_of: bool) -> VisibleStatement:
    return VisibleStatement(
        lambda caller: unite_all(
            select(table.c.slug, table.c.document).where(
                any_of(table.c.slug, "slugs"),
                *stands,
                *build_visibility(table, noun.visible_by, caller),
            )
            for table, stands in list_tables_at(noun.table, as_of=as_of)
        )
    )
