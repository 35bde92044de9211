"""The claims and relations of the events on a page, the latest first, fetched for all at once."""

from collections.abc import Mapping, Sequence
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
from app.models.claims import claim_texts, claims, past_claim_texts, past_claims
from app.models.relations import past_relations, relations
from app.query.record_query import PlannedQuery
from app.query.table_view import (
    AT_POSITION,
    is_made_by_known_day,
    is_valid_at_position,
    select_merged_at,
)
from app.query.visibility import VisibleStatement, build_visibility
from app.values.caller import Caller
from app.values.tokenizer import WordQuery

MOST_INCLUDED = 20

IncludedDocuments = Mapping[UUID, Sequence[str]]


async def fetch_latest_claims(
    database: Database, question: PlannedQuery, ids: Sequence[UUID], *, whole: bool = False
) -> IncludedDocuments:
    """Of each event its claims: all of them, or at most one more than are shown."""
    as_of, known = question.as_of is not None, question.known_day is not None
    statement = _make_claims_statement(as_of, known, whole)
    return await _fetch_by_event(database, statement, question, ids)


async def fetch_claims_with_words(
    database: Database, question: PlannedQuery, ids: Sequence[UUID], words: WordQuery
) -> IncludedDocuments:
    """Of each event the latest claims whose statements have the words."""
    as_of, known = question.as_of is not None, question.known_day is not None
    statement = _make_claims_statement(as_of, known, whole=False, with_words=True)
    return await _fetch_by_event(database, statement, question, ids, words_held=words)


async def fetch_latest_relations(
    database: Database, question: PlannedQuery, ids: Sequence[UUID], *, whole: bool = False
) -> IncludedDocuments:
    """Of each event its relations, whichever way they lead, of which both ends can be seen."""
    statement = _make_relations_statement(question.as_of is not None, whole)
    return await _fetch_by_event(database, statement, question, ids)


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
    question: PlannedQuery,
    ids: Sequence[UUID],
    **others: Any,
) -> IncludedDocuments:
    values = {
        **others,
        "ids": list(ids),
        "at_position": question.as_of,
        "known_day": question.known_day,
    }
    found: dict[UUID, list[str]] = {}
    for event_id, document in await statement.fetch(database, question.caller, values):
        found.setdefault(event_id, []).append(document)
    return found


def _select_claims(as_of: bool, known: bool, *, with_words: bool = False) -> FromClause:
    def of(table: FromClause) -> list[Any]:
        made = [is_made_by_known_day(table)] if known else []
        made += [_has_words(table)] if with_words else []
        columns = (table.c.document, table.c.made_day.label("latest"), table.c.id)
        return _select_by_event(
            table, "event_id", columns, [*made, *_filter_as_of(table, as_of)], as_of
        )

    tables = [claims, past_claims] if as_of else [claims]
    return union_all(*(part for table in tables for part in of(table))).subquery()


def _has_words(table: FromClause) -> ColumnElement[bool]:
    """A claim's words stand under the position at which it became what it is."""
    texts = past_claim_texts if table is past_claims else claim_texts
    held = select(1).where(
        texts.c.event_id == table.c.event_id,
        texts.c.id == table.c.id,
        texts.c.rowid == table.c.from_position,
        words_contain(texts.c.words, "words_held"),
    )
    return held.correlate(table).exists()


def _select_relations(caller: Caller, as_of: bool) -> FromClause:
    def of(table: FromClause, end: str) -> list[Any]:
        seen = build_visibility(table, ("dataset", "to_dataset"), caller)
        columns = (table.c.document, table.c.created_at.label("latest"), table.c.id)
        return _select_by_event(table, end, columns, [*seen, *_filter_as_of(table, as_of)], as_of)

    tables = [relations, past_relations] if as_of else [relations]
    parts = [
        part for table in tables for end in ("event_id", "to_event_id") for part in of(table, end)
    ]
    # Not UNION ALL: both ends of one may have been merged into the same event.
    return union(*parts).subquery()


def _select_by_event(
    table: FromClause,
    end: str,
    columns: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
    as_of: bool,
) -> list[Any]:
    """Rows of the events asked for, and of what was merged into them, each under its event."""
    merged = select_merged_at(as_of=as_of)
    own = select(table.c[end].label("event_id"), *columns).where(any_of(table.c[end], "ids"))
    others = select(merged.c.winner_id.label("event_id"), *columns).where(
        any_of(merged.c.winner_id, "ids"), table.c[end] == merged.c.event_id
    )
    return [each.where(*conditions) for each in (own, others)]


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
