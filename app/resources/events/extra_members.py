"""The members that an event has only if a request includes them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.values.highlighting import make_snippet
from app.values.tokenizer import WordQuery
from app.vocab.field_types import DayText, RecordIdText

MOST_CLAIM_SNIPPETS = 3


class IncludedRelations(BaseModel):
    """With `include=relations`: the 20 latest relations from and to the event."""

    items: list[dict[str, Any]] = Field(description="The relations.")
    more: str | None = Field(description="The list of all, if there are more.")


class References(BaseModel):
    """With `include=references`: the records that the event and its claims name."""

    dataset: dict[str, Any] | None = Field(description="The dataset, its licence and citation.")
    actors: list[dict[str, Any]] = Field(description="The actors, by slug.")
    sources: list[dict[str, Any]] = Field(description="The sources and their owners, by slug.")


class Derived(BaseModel):
    """With `known_by`: the day, and the fields derived from the claims made by that day."""

    day: DayText = Field(description="The day.")
    derived: list[str] = Field(
        description="The fields derived from those claims.", examples=[["verification", "claims"]]
    )


class Snippet(BaseModel):
    """A piece of a text that has words of `q`, each between `<mark>` and `</mark>`.

    The text is safe inside HTML: all other markup is escaped. It has at most 240 letters;
    `…` marks the places where text was cut off.
    """

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "field": "title",
                    "text": "Third <mark>Kim</mark>–Putin <mark>summit</mark>",
                    "claim": None,
                }
            ]
        },
    )

    field: str = Field(
        description="`title`, `summary`, `participants`, `location` or, with `q_in=claims`,"
        " `claims`.",
        examples=["title"],
        json_schema_extra={
            "enum": ["title", "summary", "participants", "location", "claims"],
        },
    )
    text: str = Field(description="The marked piece.", examples=["The <mark>visit</mark>"])
    claim: RecordIdText | None = Field(
        default=None,
        description="The claim with the text; null if the event has it.",
        examples=[None],
    )


def make_snippets(
    document: Mapping[str, Any], claims: Sequence[Mapping[str, Any]], query: WordQuery
) -> list[dict[str, Any]]:
    """Return the snippets of an event and of its `claims` that have words of the query."""
    found = [
        {"field": field, "text": marked, "claim": None}
        for field, text in _iterate_texts(document)
        if (marked := make_snippet(text, query)) is not None
    ]
    for claim in claims[:MOST_CLAIM_SNIPPETS]:
        marked = make_snippet(claim["paraphrase"], query)
        if marked is not None:
            found.append({"field": "claims", "text": marked, "claim": claim["id"]})
    return found


def _iterate_texts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the searched texts with the names of their fields, the weightiest first."""
    yield "title", document["title"]
    for name in dict.fromkeys(participant["name"] for participant in document["participants"]):
        yield "participants", name
    location = document["location"] or {}
    for name in (location.get("name"), location.get("admin1")):
        if name:
            yield "location", name
    if document["summary"]:
        yield "summary", document["summary"]
