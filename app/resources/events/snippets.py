"""Snippets: the pieces of an event's texts that answer `q`, with the words marked."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.values.highlighting import make_snippet
from app.values.tokenizer import WordQuery
from app.vocab.field_types import RecordIdText

MOST_CLAIM_SNIPPETS = 3


class Snippet(BaseModel):
    """A piece of a text that has words of `q`, each between `<mark>` and `</mark>`.

    The text is safe inside HTML: all else that means something there is escaped. At most 240
    letters are shown; `…` stands where more was cut off.
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
        default=None, description="The claim that it is from.", examples=[None]
    )


def make_snippets(
    document: Mapping[str, Any], claims: Sequence[Mapping[str, Any]], query: WordQuery
) -> list[dict[str, Any]]:
    """The snippets of an event, and of the claims given, that have words of the query."""
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
    """The texts that a search looks into, in the order of their worth."""
    yield "title", document["title"]
    for name in dict.fromkeys(taking["name"] for taking in document["participants"]):
        yield "participants", name
    location = document["location"] or {}
    for name in (location.get("name"), location.get("admin1")):
        if name:
            yield "location", name
    if document["summary"]:
        yield "summary", document["summary"]
