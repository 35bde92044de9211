"""Text search: the full-text index, the words of one event, and their relevance."""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.db.sql.array_sql import CONDITION_TYPE
from app.db.types import ContainedWordsType, RelevanceTermsType, WordQueryType
from app.values.tokenizer import BEFORE_NAMES, BEFORE_SUMMARY


class words_match(FunctionElement[Any]):  # noqa: N801
    """The condition that the full-text index of `words` matches the query bound as `name`."""

    type = CONDITION_TYPE
    inherit_cache = True

    def __init__(self, words: ColumnElement[Any], name: str) -> None:
        super().__init__(words, BindParameter(name, type_=WordQueryType(), required=True))


@compiles(words_match, "postgresql")
def _render_match_postgresql(element: words_match, compiler: Any, **options: Any) -> str:
    words, query = element.clauses
    bound = compiler.process(query, **options)
    return f"{compiler.process(words, **options)} @@ CAST(CAST({bound} AS TEXT) AS tsquery)"


@compiles(words_match, "sqlite")
def _render_match_sqlite(element: words_match, compiler: Any, **options: Any) -> str:
    words, query = element.clauses
    return f"{compiler.process(words, **options)} MATCH {compiler.process(query, **options)}"


class words_contain(FunctionElement[Any]):  # noqa: N801
    """The condition that these `words` of one event match the query bound as `name`."""

    type = CONDITION_TYPE
    inherit_cache = True

    def __init__(self, words: ColumnElement[Any], name: str) -> None:
        super().__init__(words, BindParameter(name, type_=ContainedWordsType(), required=True))


@compiles(words_contain, "postgresql")
def _render_contain_postgresql(element: words_contain, compiler: Any, **options: Any) -> str:
    words, query = element.clauses
    bound = compiler.process(query, **options)
    return f"{compiler.process(words, **options)} @@ CAST(CAST({bound} AS TEXT) AS tsquery)"


@compiles(words_contain, "sqlite")
def _render_contain_sqlite(element: words_contain, compiler: Any, **options: Any) -> str:
    words, query = element.clauses
    text, bound = compiler.process(words, **options), compiler.process(query, **options)
    return (
        f"NOT EXISTS (SELECT 1 FROM json_each({bound}) AS needle"
        f" WHERE (instr({text}, json_extract(needle.value, '$[0]')) > 0)"
        " = json_extract(needle.value, '$[1]'))"
    )


class words_relevance(FunctionElement[int]):  # noqa: N801
    """4, 2 or 1 for each wanted term, as the title, a name or only the summary has it."""

    type = Integer()
    inherit_cache = True

    def __init__(self, words: ColumnElement[Any], name: str) -> None:
        super().__init__(words, BindParameter(name, type_=RelevanceTermsType(), required=True))


@compiles(words_relevance, "postgresql")
def _render_relevance_postgresql(element: words_relevance, compiler: Any, **options: Any) -> str:
    words, wanted = element.clauses
    text, bound = compiler.process(words, **options), compiler.process(wanted, **options)
    found = [f"{text} @@ CAST(wanted_term ->> {number} AS tsquery)" for number in range(3)]
    # The column has a name that no table has: `term` alone would be a filter's own.
    return (
        f"(SELECT CAST(sum(CASE WHEN {found[0]} THEN 4 WHEN {found[1]} THEN 2"
        f" WHEN {found[2]} THEN 1 ELSE 0 END) AS INTEGER)"
        f" FROM jsonb_array_elements(CAST(CAST({bound} AS TEXT) AS JSONB)) AS terms (wanted_term))"
    )


@compiles(words_relevance, "sqlite")
def _render_relevance_sqlite(element: words_relevance, compiler: Any, **options: Any) -> str:
    words, wanted = element.clauses
    text, bound = compiler.process(words, **options), compiler.process(wanted, **options)
    place = f"instr({text}, json_extract(term.value, '$[0]'))"
    return (
        f"(SELECT sum(CASE WHEN {place} = 0 THEN 0"
        f" WHEN {place} < instr({text}, '{BEFORE_NAMES}') THEN 4"
        f" WHEN {place} < instr({text}, '{BEFORE_SUMMARY}') THEN 2 ELSE 1 END)"
        f" FROM json_each({bound}) AS term)"
    )
