"""The filter on words, and the relevance of events to them."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, FromClause, Select, Table, or_, select, union

from app.db.sql.fulltext_sql import words_contain, words_match, words_relevance
from app.models.claims import claim_texts, past_claim_texts
from app.models.events import event_texts
from app.query.column_conditions import NoMask
from app.query.predicates import Driver, Predicate
from app.query.table_view import (
    AT_POSITION,
    TableView,
    is_made_by_known_day,
    is_valid_at_position,
    select_merged_at,
)
from app.values.tokenizer import WordQuery

RANK_WORDS = 4
_NO_WORDS = NoMask("columns hold no words")


@dataclass(frozen=True)
class HasWords:
    """A filter on words in the title, the names or the summary."""

    def lower(self, query: BaseModel, name: str, value: WordQuery) -> Predicate:
        """Drive the query by the text index; as a further condition read each event's words."""
        binds = {"words_matched": value, "words_held": value, "words_wanted": value}
        if getattr(query, "q_in", None) == "claims":
            return Predicate(name, "claims", binds, _has_words_or_claim, mask=_NO_WORDS)

        def where(view: TableView) -> ColumnElement[bool]:
            return view.has_child(
                event_texts, lambda table: words_contain(table.c.words, "words_held")
            )

        return Predicate(name, "", binds, where, _drive_by_text, RANK_WORDS, mask=_NO_WORDS)


def _has_words_or_claim(view: TableView) -> ColumnElement[bool]:
    """Test whether the event or one of its claims has the words, by one use of each index.

    A claim of a merged event counts for the event that replaced it.
    """
    merged = select_merged_at(as_of=view.is_past)
    in_claims = _select_matching(view, claim_texts)
    of_merged = in_claims.with_only_columns(merged.c.winner_id).where(
        merged.c.event_id == claim_texts.c.event_id
    )
    found = view.key.in_(union(_select_matching(view, event_texts), in_claims, of_merged))
    if not view.is_past:
        return found
    replaced = past_claim_texts.alias()
    had_merged = select(1).where(
        merged.c.winner_id == view.key,
        merged.c.event_id == replaced.c.event_id,
        is_valid_at_position(replaced),
        _has_words(view, replaced),
    )
    had = [view.had_child(table, partial(_has_words, view)) for table in (event_texts, claim_texts)]
    return or_(found, *had, had_merged.correlate(view.table).exists())


def _select_matching(view: TableView, table: Table) -> Select[Any]:
    found = select(table.c.event_id).where(words_match(table.c.words, "words_matched"))
    if view.is_past:
        found = found.where(table.c.from_position <= AT_POSITION)
    if view.known is not None and table is claim_texts:
        found = found.where(is_made_by_known_day(table))
    return found


def _has_words(view: TableView, table: FromClause) -> ColumnElement[bool]:
    held = words_contain(table.c.words, "words_held")
    if view.known is not None and "made_day" in table.c:
        return is_made_by_known_day(table) & held
    return held


def measure_relevance(view: TableView) -> ColumnElement[Any]:
    """Add up for each word: 4 if the title has it, else 2 if a name has it, else 1."""
    return view.select_value(  # type: ignore[no-any-return]
        event_texts, lambda table: words_relevance(table.c.words, "words_wanted")
    )


def _drive_by_text() -> Driver:
    table = event_texts
    return Driver(
        table, words_match(table.c.words, "words_matched"), table.c.event_id, table.c.rowid
    )
