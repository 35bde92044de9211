"""Parameters of a lookup."""

from typing import Annotated

from pydantic import Field

from app.query.params import QueryModel
from app.vocab.field_types import LINE_PATTERN

MOST = 50


class LookupQuery(QueryModel):
    """The parameters of a lookup."""

    name: Annotated[
        str,
        Field(
            pattern=LINE_PATTERN,
            min_length=1,
            max_length=500,
            description="A name in any spelling, a code with its scheme (`cameo:PRK`), or a slug;"
            " for sources also an address.",
            examples=["Kim Chong-un"],
        ),
    ]
    limit: int = Field(default=10, ge=1, le=MOST, description="The most candidates.")
