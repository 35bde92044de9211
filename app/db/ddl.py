"""Schema that differs between the databases: text search, and text in byte order."""

from typing import Any

from sqlalchemy import Column, Connection, Index, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeEngine

FULL_TEXT = {"full_text": True}
"""The mark of a table that is an FTS5 table in SQLite; searches go to its `words` column."""


def sort_by_bytes(text: Text) -> TypeEngine[Any]:
    """Return text that sorts by its bytes, as SQLite's always does."""
    return text.with_variant(Text(collation="C"), "postgresql")


def add_text_index(words: Column[Any]) -> None:
    """Add a search index on a column of words; in SQLite the FTS5 table is the index."""
    Index(None, words, postgresql_using="gin").ddl_if(dialect="postgresql")


@compiles(CreateTable, "sqlite")
def _create_table(create: CreateTable, compiler: Any, **options: Any) -> str:
    table = create.element
    if not table.info.get("full_text"):
        return str(compiler.visit_create_table(create, **options))
    columns = [
        column.name if column.name == "words" else f"{column.name} UNINDEXED"
        for column in table.columns
        if column.name != "rowid"
    ]
    tokenizer = 'tokenize="unicode61 remove_diacritics 0"'
    return f"CREATE VIRTUAL TABLE {table.name} USING fts5({', '.join(columns)}, {tokenizer})"


def is_comparable(name: str | None, connection: Connection) -> bool:
    """Return whether schema comparison can see this object: FTS5 hides columns, and adds tables."""
    texts = ("event_texts", "claim_texts")
    hidden = (name or "").removeprefix("ix_").startswith(texts)
    return not (hidden and connection.dialect.name == "sqlite")
