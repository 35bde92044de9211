"""Parameters of saved queries."""

from pydantic import Field

from app.query.params import PageParams
from app.resources.events.parameter_types import FormatName
from app.resources.events.query import CsvParams


class QuestionListQuery(PageParams):
    """The parameters of a list of saved queries."""


class ResultQuery(CsvParams, PageParams):
    """The parameters of the result of a saved query."""

    format: FormatName | None = Field(
        default=None,
        description="The representation, before `Accept`; all but `json` give the whole result"
        " unless `limit` is set.",
    )
