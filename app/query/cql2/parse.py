"""Reading a filter in either of its two spellings."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from app.query.cql2.ast import MAX_CHARACTERS, MAX_TERMS, FilterError, FilterNode, walk_parts
from app.query.cql2.json_parser import parse_json
from app.query.cql2.text_parser import parse_text

TEXT_FORM, JSON_FORM = "cql2-text", "cql2-json"


@dataclass(frozen=True, slots=True)
class Expression:
    """A filter that was read."""

    root: FilterNode

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Nothing but what was read: its parts are no shapes of the API."""
        del source, handler
        return core_schema.is_instance_schema(cls)


def parse_filter(text: str, form: str | None = None) -> Expression:
    """The expression of a text; without a form, what begins with `{` is JSON. Wrong if neither."""
    if len(text) > MAX_CHARACTERS:
        raise FilterError("", f"{len(text)} characters are too many; the most is {MAX_CHARACTERS}")
    is_json = form == JSON_FORM or (form is None and text.lstrip().startswith("{"))
    root = parse_json(text) if is_json else parse_text(text)
    terms = sum(1 for _ in walk_parts(root))
    if terms > MAX_TERMS:
        raise FilterError(
            "", f"{terms} fields, values and functions are too many; most is {MAX_TERMS}"
        )
    return Expression(root)
