"""Parameters of the vocabularies."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.query.params import QueryModel
from app.vocab.closed_lists import SCHEMES
from app.vocab.field_types import AT_LEAST_ONE, LINE_PATTERN, SPLIT_COMMAS, Category

CodeText = Annotated[str, Field(pattern=LINE_PATTERN, min_length=1, max_length=200)]


class EventTypeQuery(QueryModel):
    """Parameters of the list of event types."""

    category: Annotated[list[Category], SPLIT_COMMAS, AT_LEAST_ONE] | None = Field(
        default=None, description="Only event types of these categories."
    )


class ResolveQuery(QueryModel):
    """A code or a name to look up."""

    code: CodeText | None = Field(
        default=None,
        description="A code or a name, looked up in every scheme, or in one, as `fips:KN` or"
        " with `scheme`.",
        examples=["fips:KN"],
    )
    scheme: str | None = Field(
        default=None,
        max_length=40,
        description="The scheme of `code`.",
        examples=["fips"],
        json_schema_extra={"enum": [*SCHEMES]},
    )
    q: CodeText | None = Field(
        default=None,
        description="A name of a country, an organisation or an event type; case, accents and"
        " punctuation do not matter.",
    )

    @model_validator(mode="after")
    def _require_code_or_q(self) -> Self:
        if (self.code is None) == (self.q is None):
            raise PydanticCustomError("one-of", "send either code or q")
        if self.q is not None and self.scheme is not None:
            raise PydanticCustomError("one-of", "scheme goes with code, not with q")
        return self
