"""What a look-up takes."""

from typing import Annotated

from pydantic import Field

from app.query.params import QueryModel
from app.vocab.field_types import LINE_PATTERN

MOST = 50


class LookupQuery(QueryModel):
    """Everything that a look-up takes."""

    name: Annotated[
        str,
        Field(
            pattern=LINE_PATTERN,
            min_length=1,
            max_length=500,
            description="A name however it is spelt, a code with its scheme (`cameo:PRK`), a slug;"
            " of a source also an address.",
            examples=["Kim Chong-un"],
        ),
    ]
    limit: int = Field(default=10, ge=1, le=MOST, description="How many candidates at most.")
