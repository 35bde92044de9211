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
        default=None, description="Name of the exercise.", examples=["Freedom Shield"]
    )
    kind: Literal["field", "command-post", "naval", "air", "live-fire", "combined"] | None = Field(
        default=None, description="Kind of exercise.", examples=["field"]
    )
    troops: DetailCount | None = Field(
        default=None, description="Number of soldiers.", examples=[48000]
    )
    forces: ShortTexts | None = Field(
        default=None, description="Forces that take part.", examples=[["navy", "air force"]]
    )


class Provocation(Details):
    """An act below the threshold of attack: means, number, target and response."""

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
        default=None, description="Means used.", examples=["balloons carrying rubbish"]
    )
    count: DetailCount | None = Field(
        default=None, description="Number sent or fired.", examples=[260]
    )
    target: ShortText | None = Field(
        default=None,
        description="Target: an actor's slug, or a name.",
        examples=["KOR"],
    )
    response: ShortText | None = Field(
        default=None, description="Response to it.", examples=["loudspeaker broadcasts"]
    )
