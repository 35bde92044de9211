"""Rendering of events: as stored, as known by a day, with included records, with some fields."""

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
from app.resources.events.extra_members import make_snippets
from app.resources.events.includes import (
    MOST_INCLUDED,
    IncludedDocuments,
    add_references,
    fetch_claims_with_words,
    fetch_latest_claims,
    fetch_latest_relations,
)
from app.resources.events.query import EventRenderParams


def is_stored_form(params: EventRenderParams, query: RecordQuery | PlannedQuery) -> bool:
    """Return whether the stored documents are the answer, apart from the choice of fields."""
    return not (params.include or query.known_day is not None)


async def render_events(
    database: Database,
    params: EventRenderParams,
    query: PlannedQuery,
    rows: Sequence[Row],
    *,
    whole: bool = False,
) -> list[str]:
    """Render the documents of the rows as the parameters ask, with all of their fields.

    With `whole`, all claims and relations are included, not only the latest.
    """
    if is_stored_form(params, query):
        return [row[0] for row in rows]
    documents = await map_in_worker(rows, lambda row: _decode_row(row, query))
    ids = [UUID(document["id"]) for document in documents]
    included = params.include or ()
    if "claims" in included:
        _add_claims(documents, await fetch_latest_claims(database, query, ids, whole=whole), whole)
    if "relations" in included:
        found = await fetch_latest_relations(database, query, ids, whole=whole)
        _add_relations(documents, found, whole)
    if "references" in included:
        await add_references(database, query, documents)
    if "snippets" in included:
        found = await _fetch_matching_claims(database, params, query, ids)
        await map_in_worker(documents, lambda document: _add_snippets(document, found, params))
    return await map_in_worker(documents, encode_document)


async def select_fields(params: EventRenderParams, documents: Sequence[str]) -> Sequence[str]:
    """Return the documents with only the fields that the parameters name."""
    if not params.fields:
        return documents
    wanted = frozenset(params.fields)
    return await map_in_worker(
        documents, lambda text: encode_document(keep_fields(decode_document(text), wanted))
    )


def make_writer(params: EventRenderParams, format: str) -> Writer:
    """Return the writer of a format with the options that the parameters ask for."""
    return get_writers()[format].with_options(make_render_options(params))


def make_render_options(params: EventRenderParams) -> RenderOptions:
    """Return the options for writing events that the parameters ask for."""
    fields = frozenset(params.fields) if params.fields else None
    derived = ("known_by",) if getattr(params, "known_by", None) is not None else ()
    extra = frozenset([*(params.include or ()), *derived])
    return RenderOptions(
        fields=fields,
        extra=extra if fields is None else extra & fields,
        bom=getattr(params, "bom", False),
        is_safe=getattr(params, "safe", None) is not None,
    )


def _decode_row(row: Row, query: PlannedQuery) -> JsonDocument:
    if query.known_day is None:
        return decode_document(row[0])
    return make_known_document(row, query.known_day)


async def _fetch_matching_claims(
    database: Database, params: EventRenderParams, query: PlannedQuery, ids: Sequence[UUID]
) -> IncludedDocuments:
    """Fetch the claims that have the words of `q`, if claims were searched."""
    if params.words is None or getattr(params, "q_in", "events") != "claims":
        return {}
    return await fetch_claims_with_words(database, query, ids, params.words)


def _add_snippets(
    document: JsonDocument, found: IncludedDocuments, params: EventRenderParams
) -> None:
    claims = [decode_document(claim) for claim in found.get(UUID(document["id"]), ())]
    words = params.words
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
    listed = items[:MOST_INCLUDED] if left_out else items
    return {"items": [decode_document(item) for item in listed], "more": more}
