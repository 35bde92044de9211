"""Schemas of lookups."""

from pydantic import BaseModel, ConfigDict, Field

from app.vocab.field_types import ActorSlug, CountryCode, Line


class Candidate(BaseModel):
    """A record that may be meant."""

    slug: ActorSlug
    name: Line = Field(description="The name of the record.")
    kind: str = Field(description="The kind of actor or source.")
    country: CountryCode | None = Field(description="The country of the actor or source.")
    score: float = Field(
        ge=0, le=1, description="The likelihood that this record is meant; 1 is certain."
    )
    reason: str = Field(description="The reason for the score, in words.")


class Candidates(BaseModel):
    """The records that may be meant, the likeliest first; empty if nothing is similar."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "slug": "kim-jong-un",
                            "name": "Kim Jong Un",
                            "kind": "person",
                            "country": "PRK",
                            "score": 0.97,
                            "reason": "alias 'Kim Jong-eun' differs by 1 letter",
                        }
                    ]
                }
            ]
        }
    )

    items: list[Candidate]
