"""Details of shows of force: exercises and provocations."""

from typing import Literal

from pydantic import ConfigDict, Field

from app.vocab.details.detail_fields import DetailCount, Details, ShortText, ShortTexts


class Exercise(Details):
    """A military exercise: its name, its kind and its size."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Freedom Shield", "kind": "field", "troops": 48000, "forces": ["army"]}
            ]
        }
    )

    name: ShortText | None = Field(
        default=None, description="What it is called.", examples=["Freedom Shield"]
    )
    kind: Literal["field", "command-post", "naval", "air", "live-fire", "combined"] | None = Field(
        default=None, description="What sort of exercise it is.", examples=["field"]
    )
    troops: DetailCount | None = Field(
        default=None, description="How many soldiers take part.", examples=[48000]
    )
    forces: ShortTexts | None = Field(
        default=None, description="Which forces take part.", examples=[["navy", "air force"]]
    )


class Provocation(Details):
    """An act below the threshold of attack: by what means, how many, against what, answered how."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "means": "balloons carrying rubbish",
                    "count": 260,
                    "target": "KOR",
                    "response": "loudspeaker broadcasts resumed",
                }
            ]
        }
    )

    means: ShortText | None = Field(
        default=None, description="What was used.", examples=["balloons carrying rubbish"]
    )
    count: DetailCount | None = Field(
        default=None, description="How many were sent or fired.", examples=[260]
    )
    target: ShortText | None = Field(
        default=None,
        description="What it was aimed at: an actor's slug, or a name.",
        examples=["KOR"],
    )
    response: ShortText | None = Field(
        default=None, description="What answered it.", examples=["loudspeaker broadcasts"]
    )
