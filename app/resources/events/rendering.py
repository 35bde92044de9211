"""How events are shown: as they are stored, as known by a day, with more or with less."""

from collections.abc import Sequence
from uuid import UUID

from app.db.database import Database
from app.db.limits.request_limits import map_in_worker
from app.db.statements import Row
from app.export.registry import get_writers
from app.export.writer import JsonDocument, RenderOptions, Writer, keep_fields
from app.query.record_query import PlannedQuery, RecordQuery
from app.record.document import decode_document, encode_document
from app.record.known_by import make_known_document
from app.resources.events.includes import (
    MOST_INCLUDED,
    IncludedDocuments,
    fetch_claims_with_words,
    fetch_latest_claims,
    fetch_latest_relations,
)
from app.resources.events.named_records import add_references
from app.resources.events.query import EventRenderParams
from app.resources.events.snippets import make_snippets


def is_stored_form(query: EventRenderParams, question: RecordQuery | PlannedQuery) -> bool:
    """Whether the stored documents are shown as they are, if all fields are."""
    return not (query.include or question.known_day is not None)


async def render_events(
    database: Database,
    query: EventRenderParams,
    question: PlannedQuery,
    rows: Sequence[Row],
    *,
    whole: bool = False,
) -> list[str]:
    """The documents of these rows as the query wants them, with all of their fields.

    `whole`: what is included is all there is, not only the latest.
    """
    if is_stored_form(query, question):
        return [row[0] for row in rows]
    documents = await map_in_worker(rows, lambda row: _decode_row(row, question))
    ids = [UUID(document["id"]) for document in documents]
    asked = query.include or ()
    if "claims" in asked:
        _add_claims(
            documents, await fetch_latest_claims(database, question, ids, whole=whole), whole
        )
    if "relations" in asked:
        found = await fetch_latest_relations(database, question, ids, whole=whole)
        _add_relations(documents, found, whole)
    if "references" in asked:
        await add_references(database, question, documents)
    if "snippets" in asked:
        found = await _fetch_matching_claims(database, query, question, ids)
        await map_in_worker(documents, lambda document: _add_snippets(document, found, query))
    return await map_in_worker(documents, encode_document)


async def select_fields(query: EventRenderParams, documents: Sequence[str]) -> Sequence[str]:
    """The documents with no other fields than the query names."""
    if not query.fields:
        return documents
    wanted = frozenset(query.fields)
    return await map_in_worker(
        documents, lambda each: encode_document(keep_fields(decode_document(each), wanted))
    )


def make_writer(query: EventRenderParams, format: str) -> Writer:
    """The writer of a format that writes events as the query wants them shown."""
    return get_writers()[format].with_options(make_render_options(query))


def make_render_options(query: EventRenderParams) -> RenderOptions:
    """How the query wants events to be written."""
    fields = frozenset(query.fields) if query.fields else None
    derived = ("known_by",) if getattr(query, "known_by", None) is not None else ()
    extra = frozenset([*(query.include or ()), *derived])
    return RenderOptions(
        fields=fields,
        extra=extra if fields is None else extra & fields,
        bom=getattr(query, "bom", False),
        is_safe=getattr(query, "safe", None) is not None,
    )


def _decode_row(row: Row, question: PlannedQuery) -> JsonDocument:
    if question.known_day is None:
        return decode_document(row[0])
    return make_known_document(row, question.known_day)


async def _fetch_matching_claims(
    database: Database, query: EventRenderParams, question: PlannedQuery, ids: Sequence[UUID]
) -> IncludedDocuments:
    """The claims that were found by their words, if claims were looked into."""
    if query.words is None or getattr(query, "q_in", "events") != "claims":
        return {}
    return await fetch_claims_with_words(database, question, ids, query.words)


def _add_snippets(
    document: JsonDocument, found: IncludedDocuments, query: EventRenderParams
) -> None:
    claims = [decode_document(claim) for claim in found.get(UUID(document["id"]), ())]
    words = query.words
    document["snippets"] = make_snippets(document, claims, words) if words else []


def _add_claims(documents: Sequence[JsonDocument], found: IncludedDocuments, whole: bool) -> None:
    for document in documents:
        document["claims"].update(_make_included(document, "claims", found, whole))


def _add_relations(
    documents: Sequence[JsonDocument], found: IncludedDocuments, whole: bool
) -> None:
    for document in documents:
        document["relations"] = _make_included(document, "relations", found, whole)


def _make_included(
    document: JsonDocument, name: str, found: IncludedDocuments, whole: bool
) -> JsonDocument:
    items = found.get(UUID(document["id"]), ())
    left_out = len(items) > MOST_INCLUDED and not whole
    more = f"/v1/events/{document['id']}/{name}" if left_out else None
    shown = items[:MOST_INCLUDED] if left_out else items
    return {"items": [decode_document(item) for item in shown], "more": more}
