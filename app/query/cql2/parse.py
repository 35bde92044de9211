"""The parser of filters in either encoding, CQL2 text or CQL2 JSON."""

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
    """A parsed filter."""

    root: FilterNode

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Return a schema of instances only: the parts of a tree are not schemas of the API."""
        del source, handler
        return core_schema.is_instance_schema(cls)


def parse_filter(text: str, form: str | None = None) -> Expression:
    """Parse a filter; without a form, a text that begins with `{` is JSON. Raise FilterError."""
    if len(text) > MAX_CHARACTERS:
        raise FilterError("", f"{len(text)} characters are too many; the limit is {MAX_CHARACTERS}")
    is_json = form == JSON_FORM or (form is None and text.lstrip().startswith("{"))
    root = parse_json(text) if is_json else parse_text(text)
    terms = sum(1 for _ in walk_parts(root))
    if terms > MAX_TERMS:
        raise FilterError(
            "", f"{terms} fields, values and functions are too many; the limit is {MAX_TERMS}"
        )
    return Expression(root)
