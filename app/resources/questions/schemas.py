"""Schemas of saved queries, which the API calls questions."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.resources.events.dataset_citations import CitedDataset
from app.vocab.field_types import (
    TEXT_PATTERN,
    CountNumber,
    FeedPosition,
    Line,
    RecordIdText,
    RevisionNumber,
    TimestampText,
)

LONGEST_QUERY = 8000
_CREATE: dict[str, Any] = {
    "title": "Summits of Russia and North Korea",
    "query": "type=summit&dyad=PRK,RUS",
}

QueryString = Annotated[
    str, StringConstraints(pattern=TEXT_PATTERN, max_length=LONGEST_QUERY), Field()
]


Visibility = Literal["private", "public"]


class QuestionContent(BaseModel):
    """The fields of a saved question that can be changed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Line = Field(description="The title by which it is cited.")
    visibility: Visibility = Field(
        description="`private`: for the key that saved it, and for admins; `public`: for everybody;"
        " then all that it names and finds must be public."
    )


class QuestionPatch(BaseModel):
    """A merge patch (RFC 7396) of a saved question."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"visibility": "public"}]}
    )

    title: Line | None = Field(default=None, description="The title by which it is cited.")
    visibility: Visibility | None = Field(
        default=None, description="The visibility of the question."
    )


class QuestionCreate(BaseModel):
    """A question to save."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [_CREATE]}
    )

    title: Line = Field(description="The title by which it is cited.")
    query: QueryString = Field(
        description="The query string of `/v1/events`, with its filters, `sort`, `fields` and"
        " `include`; `as_of` pins it to a time, otherwise it is pinned to now."
    )
    visibility: Visibility = Field(
        default="private",
        description="`private`: for the key that saves it, and for admins; `public`: for everybody;"
        " then all that it names and finds must be public.",
    )


class QuestionCitation(BaseModel):
    """The citation of a saved question in several styles."""

    apa: str = Field(description="A reference in APA style.")
    chicago: str = Field(description="A reference in Chicago style.")
    bibtex: str = Field(description="A BibTeX entry.")


class Question(BaseModel):
    """A saved question."""

    id: RecordIdText
    revision: RevisionNumber = Field(description="The revision of the question.")
    title: Line = Field(description="The title by which it is cited.")
    visibility: Visibility | None = Field(
        description="The visibility; null, which means private, until it is known whether all of"
        " it is public: after a dataset became private, or for questions without an owner."
    )
    owner: str | None = Field(
        default=None,
        description="The key that saved it; only for callers with a key.",
    )
    asked: dict[str, Any] = Field(description="The parameters, with slugs in place of names.")
    as_of: FeedPosition = Field(description="The position that it is pinned to.")
    events: CountNumber = Field(description="The number of public events when it was saved.")
    sha256: str = Field(
        description="The SHA-256 of the public result as NDJSON when it was saved.",
        pattern="^[0-9a-f]{64}$",
        examples=["0" * 64],
    )
    result: str = Field(
        description="The path of the result; add `.csv`, `.ndjson`, `.geojson` or `.parquet`.",
        examples=["/v1/questions/01902f4e-0000-7000-8000-000000000001/events"],
    )
    citation: QuestionCitation = Field(description="The citation in several styles.")
    created_at: TimestampText


class QuestionAbout(Question):
    """A saved question, and the datasets in its result."""

    datasets: list[CitedDataset] = Field(description="Every dataset with a record in the result.")
