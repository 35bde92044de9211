"""The parameters `filter` and `filter-lang`."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.query.cql2.ast import MAX_CHARACTERS, FilterError
from app.query.cql2.parse import Expression, parse_filter

LANGUAGE_PARAM = "filter_lang"


def _parse_value(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parse_filter(value, info.data.get(LANGUAGE_PARAM))
    except FilterError as wrong:
        raise PydanticCustomError("not-a-filter", "{reason}", {"reason": str(wrong)}) from None


FilterLanguage = Annotated[
    Literal["cql2-text", "cql2-json"] | None,
    Field(
        alias="filter-lang",
        description="The language of `filter`; by default text that begins with `{` is JSON.",
    ),
]
FilterText = Annotated[
    Expression,
    BeforeValidator(_parse_value),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_CHARACTERS,
            "examples": ["type = 'missile-test' AND details.range_km > 1000"],
        }
    ),
]
"""CQL2, parsed into its tree. A model declares the language before it."""
