"""The shapes of what a look-up finds."""

from pydantic import BaseModel, ConfigDict, Field

from app.vocab.field_types import ActorSlug, CountryCode, Line


class Candidate(BaseModel):
    """One record that may be meant."""

    slug: ActorSlug
    name: Line = Field(description="What it is called.")
    kind: str = Field(description="What sort of actor or source it is.")
    country: CountryCode | None = Field(description="The country it belongs to.")
    score: float = Field(ge=0, le=1, description="How likely it is meant; 1 is certain.")
    reason: str = Field(description="Why, in words.")


class Candidates(BaseModel):
    """The records that may be meant, the likeliest first; none where nothing is like it."""

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
