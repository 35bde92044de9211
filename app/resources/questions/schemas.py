"""The shapes of a saved question, in and out."""

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
    """What can be changed of a saved question."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Line = Field(description="What it is cited by.")
    visibility: Visibility = Field(
        description="`private`: for the key that saved it, and admins; `public`: for everybody, if"
        " everybody sees all that it names and finds."
    )


class QuestionPatch(BaseModel):
    """A merge patch (RFC 7396) of a saved question."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"visibility": "public"}]}
    )

    title: Line | None = Field(default=None, description="What it is cited by.")
    visibility: Visibility | None = Field(default=None, description="Who may see it.")


class QuestionCreate(BaseModel):
    """A question to be saved."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [_CREATE]}
    )

    title: Line = Field(description="What it is cited by.")
    query: QueryString = Field(
        description="The query string of `/v1/events`, with its filters, `sort`, `fields` and"
        " `include`; `as_of` says the moment, if that is not now."
    )
    visibility: Visibility = Field(
        default="private",
        description="`private`: for the key that saves it, and admins; `public`: for everybody, if"
        " everybody sees all that it names and finds.",
    )


class QuestionCitation(BaseModel):
    """How to cite it."""

    apa: str = Field(description="In the style of the APA.")
    chicago: str = Field(description="In the style of the Chicago manual.")
    bibtex: str = Field(description="An entry for BibTeX.")


class Question(BaseModel):
    """A saved question."""

    id: RecordIdText
    revision: RevisionNumber = Field(description="Which state of it this is.")
    title: Line = Field(description="What it is cited by.")
    visibility: Visibility | None = Field(
        description="Who may see it; null, as private, until it is found out whether everybody sees"
        " all of it, when a dataset became private, or for one from before questions had owners."
    )
    owner: str | None = Field(
        default=None,
        description="The key that saved it; for callers with a key.",
    )
    asked: dict[str, Any] = Field(description="The parameters, with slugs for names.")
    as_of: FeedPosition = Field(description="The position that it is pinned to.")
    events: CountNumber = Field(
        description="How many events everybody could see when it was saved."
    )
    sha256: str = Field(
        description="The SHA-256 of the answer as NDJSON, as everybody could see it then.",
        pattern="^[0-9a-f]{64}$",
        examples=["0" * 64],
    )
    result: str = Field(
        description="Where the answer is: add `.csv`, `.ndjson`, `.geojson`, `.parquet`.",
        examples=["/v1/questions/01902f4e-0000-7000-8000-000000000001/events"],
    )
    citation: QuestionCitation = Field(description="How to cite it.")
    created_at: TimestampText


class QuestionAbout(Question):
    """A saved question, and whose data answers it."""

    datasets: list[CitedDataset] = Field(description="Every dataset with a record in the answer.")
