"""The parameters of saved questions."""

from pydantic import Field

from app.query.params import PageParams
from app.resources.events.parameter_types import FormatName
from app.resources.events.query import CsvParams


class QuestionListQuery(PageParams):
    """Everything that a list of saved questions takes."""


class ResultQuery(CsvParams, PageParams):
    """How the answer of a saved question is shown."""

    format: FormatName | None = Field(
        default=None,
        description="The representation, before `Accept`; all but `json` give the whole answer"
        " unless `limit` is set.",
    )
