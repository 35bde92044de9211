"""Details of organized violence, with the fields of UCDP GED."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from app.vocab.details.detail_fields import DetailCount, Details, LongText, ShortText


class Side(Details):
    """One side of a fight, as the dataset names it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Government of Ukraine", "id": "134"}]}
    )

    name: ShortText = Field(description="Name of the side.", examples=["Government of Ukraine"])
    id: ShortText | None = Field(
        default=None, description="Its number in the dataset.", examples=["134"]
    )


class ArmedConflict(Details):
    """Sides, kind of violence and deaths. `a` is the first of the sides."""

    model_config = ConfigDict(
        title="Conflict",
        json_schema_extra={
            "examples": [
                {
                    "sides": [
                        {"name": "Government of Ukraine", "id": "134"},
                        {"name": "Government of Russia (Soviet Union)", "id": "65"},
                    ],
                    "kind_of_violence": "state-based",
                    "deaths_a": 2,
                    "deaths_b": 0,
                    "deaths_civilians": 1,
                    "deaths_unknown": 0,
                    "conflict_name": "Russia - Ukraine",
                    "conflict_id": "13243",
                    "dyad_name": "Government of Russia - Government of Ukraine",
                    "dyad_id": "13991",
                    "event_clarity": 1,
                }
            ]
        },
    )

    sides: Annotated[list[Side], Field(min_length=1, max_length=20)] | None = Field(
        default=None,
        description="The sides, in the order of the deaths by side.",
        examples=[[{"name": "Government of Ukraine"}]],
    )
    kind_of_violence: Literal["state-based", "non-state", "one-sided"] | None = Field(
        default=None,
        description="State-based, between groups, or against civilians.",
        examples=["state-based"],
    )
    deaths_a: DetailCount | None = Field(
        default=None, description="Deaths of the first side.", examples=[2]
    )
    deaths_b: DetailCount | None = Field(
        default=None, description="Deaths of the second side.", examples=[0]
    )
    deaths_civilians: DetailCount | None = Field(
        default=None, description="Deaths of civilians.", examples=[1]
    )
    deaths_unknown: DetailCount | None = Field(
        default=None, description="Deaths of persons whose side is unknown.", examples=[0]
    )
    conflict_name: ShortText | None = Field(
        default=None, description="Name of the conflict.", examples=["Russia - Ukraine"]
    )
    conflict_id: ShortText | None = Field(
        default=None, description="The conflict's number in the dataset.", examples=["13243"]
    )
    dyad_name: ShortText | None = Field(
        default=None, description="Name of the pair of sides.", examples=["IS - Civilians"]
    )
    dyad_id: ShortText | None = Field(
        default=None, description="The pair's number in the dataset.", examples=["13991"]
    )
    event_clarity: Annotated[int, Field(ge=1, le=2)] | None = Field(
        default=None,
        description="1: reported as a single event; 2: only as part of a total.",
        examples=[1],
    )
    means: LongText | None = Field(
        default=None, description="Weapons or means used.", examples=["artillery"]
    )
