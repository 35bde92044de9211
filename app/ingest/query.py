"""The parameters of imports and of their lists."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from app.ingest.coverage import Coverage, parse_period
from app.ingest.mapping.detection import AUTO, list_import_formats
from app.query.params import PageParams, QueryModel, make_parser
from app.vocab.field_types import AnyCountries, Slug, make_choice_type

_FORMAT_RULES = get_args(make_choice_type((*list_import_formats(), AUTO), "import format"))[1:]
_READ_PERIOD, _PERIOD_SCHEMA = make_parser(
    parse_period,
    "not-a-period",
    {"type": "string", "maxLength": 60, "examples": ["2025-01-01/2025-12-31"]},
)
CoveragePeriod = Annotated[Coverage, _READ_PERIOD, _PERIOD_SCHEMA]
"""An EDTF date or interval, read into the days that a file covers."""


class ImportQuery(QueryModel):
    """What is sent along with a file."""

    format: Annotated[
        str,
        *_FORMAT_RULES,
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
        description="Remove the records whose row the file no longer has, of those that lie wholly"
        " in what it covers. A record that an editor worked on stays. If it is not known what the"
        " file covers, or more than a tenth of the dataset would go, none goes before the number is"
        " confirmed.",
    )
    coverage: CoveragePeriod | None = Field(
        default=None,
        description="The days of which the file has all records, as EDTF; else what its name or its"
        " lines tell.",
    )
    country: AnyCountries | None = Field(
        default=None, description="The countries of which it has them, if not of all."
    )


class ImportListQuery(PageParams):
    """Everything that a list of imports takes."""


class FindingsQuery(PageParams):
    """Everything that a list of rejections or warnings takes."""

    format: Literal["json", "ndjson"] | None = Field(
        default=None,
        description="The representation, before `Accept`; `ndjson` gives the whole list.",
    )
