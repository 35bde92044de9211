"""Texts compared in the same way by both databases: by bytes, by pattern, with letters folded."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Dialect, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.db.sql.array_sql import CONDITION_TYPE
from app.values.like_patterns import LikePattern

TRANSLATE_FUNCTION = "annals_replaced"
"""The name in SQLite for PostgreSQL's `translate`."""


def translate_text(text: str | None, letters: str, others: str) -> str | None:
    """Replace each of the letters by the other at its place; remove it if there is no other."""
    return None if text is None else text.translate(_make_translation(letters, others))


@lru_cache(maxsize=64)
def _make_translation(letters: str, others: str) -> Mapping[int, str]:
    return {ord(letter): others[place : place + 1] for place, letter in enumerate(letters)}


class PatternType(TypeDecorator[LikePattern]):
    """A pattern, as LIKE or as GLOB, which is case-sensitive in SQLite too."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: LikePattern | None, dialect: Dialect) -> str | None:
        """Write the pattern."""
        if value is None:
            return None
        return value.to_like() if dialect.name == "postgresql" else value.to_glob()


class matches_pattern(FunctionElement[Any]):  # noqa: N801
    """The condition that a text matches the pattern bound as `name`."""

    type = CONDITION_TYPE
    inherit_cache = True

    def __init__(self, text: ColumnElement[Any], name: str) -> None:
        super().__init__(text, BindParameter(name, type_=PatternType(), required=True))


@compiles(matches_pattern, "postgresql")
def _render_pattern_postgresql(element: matches_pattern, compiler: Any, **options: Any) -> str:
    text, pattern = (compiler.process(part, **options) for part in element.clauses)
    return f"({text} LIKE CAST({pattern} AS TEXT) ESCAPE '\\')"


@compiles(matches_pattern, "sqlite")
def _render_pattern_sqlite(element: matches_pattern, compiler: Any, **options: Any) -> str:
    text, pattern = (compiler.process(part, **options) for part in element.clauses)
    return f"({text} GLOB {pattern})"


class in_byte_order(FunctionElement[str]):  # noqa: N801
    """A text that compares by its bytes, whatever the database's collation."""

    type: TypeEngine[Any] = Text()
    inherit_cache = True


@compiles(in_byte_order, "postgresql")
def _render_byte_order_postgresql(element: in_byte_order, compiler: Any, **options: Any) -> str:
    (text,) = element.clauses
    return f'(CAST({compiler.process(text, **options)} AS TEXT) COLLATE "C")'


@compiles(in_byte_order, "sqlite")
def _render_byte_order_sqlite(element: in_byte_order, compiler: Any, **options: Any) -> str:
    (text,) = element.clauses
    return str(compiler.process(text, **options))


class translate_letters(FunctionElement[str]):  # noqa: N801
    """A text in which the letters bound as `letters` are replaced by those bound as `others`."""

    type: TypeEngine[Any] = Text()
    inherit_cache = True

    def __init__(self, text: ColumnElement[Any], letters: str, others: str) -> None:
        names = (letters, others)
        super().__init__(
            text, *(BindParameter(name, type_=Text(), required=True) for name in names)
        )


@compiles(translate_letters, "postgresql")
def _render_translate_postgresql(element: translate_letters, compiler: Any, **options: Any) -> str:
    text, letters, others = (compiler.process(part, **options) for part in element.clauses)
    return f"translate({text}, CAST({letters} AS TEXT), CAST({others} AS TEXT))"


@compiles(translate_letters, "sqlite")
def _render_translate_sqlite(element: translate_letters, compiler: Any, **options: Any) -> str:
    arguments = ", ".join(compiler.process(clause, **options) for clause in element.clauses)
    return f"{TRANSLATE_FUNCTION}({arguments})"
