"""The parameters by which a filter is given."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.query.cql2.ast import MOST_CHARACTERS, Wrong
from app.query.cql2.parse import Expression, parse_filter

LANGUAGE = "filter_lang"


def _read(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parse_filter(value, info.data.get(LANGUAGE))
    except Wrong as wrong:
        raise PydanticCustomError("not-a-filter", "{reason}", {"reason": str(wrong)}) from None


FilterLanguage = Annotated[
    Literal["cql2-text", "cql2-json"] | None,
    Field(
        alias="filter-lang",
        description="The language of `filter`; without it, what begins with `{` is JSON.",
    ),
]
FilterText = Annotated[
    Expression,
    BeforeValidator(_read),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": MOST_CHARACTERS,
            "examples": ["type = 'missile-test' AND details.range_km > 1000"],
        }
    ),
]
"""CQL2, read into its tree. A model has the language before it."""
