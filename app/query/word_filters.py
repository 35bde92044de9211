"""The filter on words, and how well an event answers to them."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement

from app.db.words import words_hold, words_match, words_relevance
from app.models.events import event_texts
from app.query.predicates import Driver, Predicate
from app.query.view import View
from app.values.text import WordQuery

RANK_WORDS = 4


@dataclass(frozen=True)
class HasWords:
    """The title, the names or the summary have the words."""

    def lower(self, query: BaseModel, name: str, value: WordQuery) -> Predicate:
        """The text index drives; as a further condition each event's own words are read."""
        del query
        binds = {"words_matched": value, "words_held": value, "words_wanted": value}

        def where(view: View) -> ColumnElement[bool]:
            return view.exists(event_texts, lambda table: words_hold(table.c.words, "words_held"))

        return Predicate(name, "", binds, where, _by_text_index, RANK_WORDS)


def relevance(view: View) -> ColumnElement[Any]:
    """For each word wanted 4 if the title has it, else 2 if a name has it, else 1, added up."""
    return view.scalar(  # type: ignore[no-any-return]
        event_texts, lambda table: words_relevance(table.c.words, "words_wanted")
    )


def _by_text_index() -> Driver:
    table = event_texts
    return Driver(
        table, words_match(table.c.words, "words_matched"), table.c.event_id, table.c.rowid
    )
