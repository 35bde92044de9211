"""The parameters of imports and of their lists."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from app.ingest.registry import AUTO, formats
from app.query.params import Paged, Query
from app.vocab.fields import Slug, one_of

_KNOWN_FORMAT = get_args(one_of((*formats(), AUTO), "import format"))[1:]


class ImportQuery(Query):
    """What is sent along with a file."""

    format: Annotated[
        str,
        *_KNOWN_FORMAT,
        Field(description="The file's format; `auto` finds it in the file.", examples=[AUTO]),
    ] = AUTO
    dataset: Slug | None = Field(
        default=None,
        description="The dataset to import into, made if it is not there; the format's own if"
        " none is named.",
        examples=["ucdp-ged"],
    )
    dry_run: bool = Field(default=False, description="Report what would be, and change nothing.")
    mirror: bool = Field(
        default=False,
        description="Remove the records whose row the file no longer has: it is a whole release."
        " A record that an editor worked on stays.",
    )


class ImportListQuery(Paged):
    """Everything that a list of imports takes."""


class FindingsQuery(Paged):
    """Everything that a list of rejections or warnings takes."""

    format: Literal["json", "ndjson"] | None = Field(
        default=None,
        description="The representation, before `Accept`; `ndjson` gives the whole list.",
    )
