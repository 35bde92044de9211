"""Query parameters of imports and of their lists."""

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
"""An EDTF date or interval, parsed into the days that a file covers."""


class ImportQuery(QueryModel):
    """The parameters sent with a file."""

    format: Annotated[
        str,
        *_FORMAT_RULES,
        Field(description="The file's format; `auto` detects it.", examples=[AUTO]),
    ] = AUTO
    dataset: Slug | None = Field(
        default=None,
        description="The dataset to import into, created if it is missing; by default, the"
        " format's own.",
        examples=["ucdp-ged"],
    )
    dry_run: bool = Field(
        default=False, description="Report the outcome without changing anything."
    )
    mirror: bool = Field(
        default=False,
        description="Remove the records whose row the file no longer has, if they lie wholly within"
        " its coverage. A record that an editor changed stays. If the coverage is unknown, or more"
        " than a tenth of the dataset would be removed, nothing is removed before the number is"
        " confirmed.",
    )
    coverage: CoveragePeriod | None = Field(
        default=None,
        description="The days of which the file has all records, as EDTF; by default, those that"
        " its name or rows imply.",
    )
    country: AnyCountries | None = Field(
        default=None,
        description="The countries of which it has all records; by default, all countries.",
    )


class ImportListQuery(PageParams):
    """The parameters of a list of imports."""


class FindingsQuery(PageParams):
    """The parameters of a list of findings."""

    format: Literal["json", "ndjson"] | None = Field(
        default=None,
        description="The representation, overriding `Accept`; `ndjson` returns the whole list.",
    )
