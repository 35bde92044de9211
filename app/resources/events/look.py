"""How events are shown: as they are stored, as known by a day, with more or with less."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.db.database import Database
from app.db.statements import Row
from app.export.writer import narrowed
from app.query.question import Question
from app.record.document import decode, encode
from app.record.known import known_document
from app.resources.events.included import (
    MOST_INCLUDED,
    Included,
    claims_with_words,
    latest_claims,
    latest_relations,
)
from app.resources.events.query import EventLook
from app.resources.events.snippets import snippets_of


def is_plain(query: EventLook, question: Question) -> bool:
    """Whether the stored documents are shown as they are, if all fields are."""
    return not (query.include or question.known_day is not None)


async def show_events(
    database: Database, query: EventLook, question: Question, rows: Sequence[Row]
) -> list[str]:
    """The documents of these rows as the query wants them, with all of their fields."""
    if is_plain(query, question):
        return [row[0] for row in rows]
    documents = [_told(row, question) for row in rows]
    for include in query.include or ():
        ids = [UUID(document["id"]) for document in documents]
        if include == "snippets":
            found = await _claims_to_show(database, query, question, ids)
            _add_snippets(documents, found, query)
        elif include == "claims":
            _add_claims(documents, await latest_claims(database, question, ids))
        else:
            _add_relations(documents, await latest_relations(database, question, ids))
    return [encode(document) for document in documents]


def only_fields(query: EventLook, documents: Sequence[str]) -> Sequence[str]:
    """The documents with no other fields than the query names."""
    if not query.fields:
        return documents
    wanted = frozenset(query.fields)
    return [encode(narrowed(decode(document), wanted)) for document in documents]


def _told(row: Row, question: Question) -> dict[str, Any]:
    if question.known_day is None:
        return decode(row[0])
    return known_document(row, question.known_day)


async def _claims_to_show(
    database: Database, query: EventLook, question: Question, ids: Sequence[UUID]
) -> Included:
    """The claims that were found by their words, if claims were looked into."""
    if query.words is None or getattr(query, "q_in", "events") != "claims":
        return {}
    return await claims_with_words(database, question, ids, query.words)


def _add_snippets(documents: Sequence[dict[str, Any]], found: Included, query: EventLook) -> None:
    for document in documents:
        claims = [decode(claim) for claim in found.get(UUID(document["id"]), ())]
        words = query.words
        document["snippets"] = snippets_of(document, claims, words) if words else []


def _add_claims(documents: Sequence[dict[str, Any]], found: Included) -> None:
    for document in documents:
        document["claims"].update(_shown(document, "claims", found))


def _add_relations(documents: Sequence[dict[str, Any]], found: Included) -> None:
    for document in documents:
        document["relations"] = _shown(document, "relations", found)


def _shown(document: dict[str, Any], name: str, found: Included) -> dict[str, Any]:
    items = found.get(UUID(document["id"]), ())
    more = f"/v1/events/{document['id']}/{name}" if len(items) > MOST_INCLUDED else None
    return {"items": [decode(item) for item in items[:MOST_INCLUDED]], "more": more}
