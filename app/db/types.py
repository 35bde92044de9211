"""Column types that SQLite and PostgreSQL store differently."""

from typing import Any

import orjson
from sqlalchemy import Dialect, Text, Uuid
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.values.tokenizer import (
    EventTokens,
    WordQuery,
    list_needles,
    make_fts5_query,
    make_tsquery_text,
    make_tsvector_text,
    make_word_stream,
)

RecordId = Uuid
"""A record's id: `uuid` in PostgreSQL, 32 hexadecimal digits in SQLite."""


class WordsType(TypeDecorator[EventTokens]):
    """The searchable words of a record: a tsvector, or the token stream that FTS5 indexes."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type."""
        return dialect.type_descriptor(TSVECTOR() if _is_postgresql(dialect) else Text())

    def process_bind_param(self, value: EventTokens | None, dialect: Dialect) -> str | None:
        """Write the words in the form that the database indexes."""
        if value is None:
            return None
        return make_tsvector_text(value) if _is_postgresql(dialect) else make_word_stream(value)


class ContainedWordsType(TypeDecorator[WordQuery]):
    """A word query for one text: a tsquery, or the strings that a token stream contains."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: WordQuery | None, dialect: Dialect) -> str | None:
        """Write the query; for SQLite as a JSON list of [string, excluded]."""
        if value is None:
            return None
        if _is_postgresql(dialect):
            return make_tsquery_text(value)
        return orjson.dumps(
            [[text, int(excluded)] for text, excluded in list_needles(value)]
        ).decode()


class RelevanceTermsType(TypeDecorator[WordQuery]):
    """The terms of a word query that are not excluded, as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: WordQuery | None, dialect: Dialect) -> str | None:
        """Write [in title, in names, anywhere] tsqueries, or the strings of a token stream."""
        if value is None:
            return None
        wanted = [WordQuery((term,)) for term in value.terms if not term.excluded]
        if _is_postgresql(dialect):
            terms = [
                [make_tsquery_text(term, weight) for weight in ("A", "B", None)] for term in wanted
            ]
        else:
            terms = [[text] for term in wanted for text, _ in list_needles(term)]
        return orjson.dumps(terms).decode()


class WordQueryType(TypeDecorator[WordQuery]):
    """A word query in the database's own syntax."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: WordQuery | None, dialect: Dialect) -> str | None:
        """Write the query as a tsquery, or as an FTS5 MATCH expression."""
        if value is None:
            return None
        return make_tsquery_text(value) if _is_postgresql(dialect) else make_fts5_query(value)


def _is_postgresql(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"
