"""Details of what is launched or set off: missile tests, nuclear tests, space launches."""

from typing import Literal

from pydantic import ConfigDict, Field

from app.vocab.details.detail_fields import Amount, DetailCount, Details, Ordinal, Range, ShortText

Outcome = Literal["succeeded", "partial", "failed", "unknown"]


class MissileTest(Details):
    """A missile that was fired without an enemy: which, how far, how high, how it ended."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "vehicle": "Hwasong-18",
                    "class": "icbm",
                    "range_km": 1001,
                    "apogee_km": 6648,
                    "outcome": "succeeded",
                }
            ]
        }
    )

    vehicle: ShortText | None = Field(
        default=None, description="What the missile is called.", examples=["Hwasong-18"]
    )
    vehicle_class: (
        Literal["srbm", "mrbm", "irbm", "icbm", "slbm", "cruise", "hypersonic", "anti-air", "other"]
        | None
    ) = Field(default=None, alias="class", description="Its class.", examples=["icbm"])
    count: DetailCount | None = Field(
        default=None, description="How many were fired.", examples=[1]
    )
    range_km: Amount | None = Field(
        default=None, description="How far it flew, in kilometres.", examples=[1001]
    )
    apogee_km: Amount | None = Field(
        default=None, description="How high it rose, in kilometres.", examples=[6648]
    )
    outcome: Outcome | None = Field(
        default=None, description="How it ended.", examples=["succeeded"]
    )


class NuclearTest(Details):
    """A nuclear explosion that is no attack: its yield and its place in the series."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "yield_kt": {"low": 70, "high": 280, "estimated": True},
                    "magnitude": 6.3,
                    "ordinal": 6,
                }
            ]
        }
    )

    yield_kt: Range | None = Field(
        default=None,
        description="The yield in kilotons of TNT.",
        examples=[{"value": 1, "estimated": True}],
    )
    magnitude: Amount | None = Field(
        default=None, description="The seismic body-wave magnitude.", examples=[6.3]
    )
    ordinal: Ordinal | None = Field(
        default=None, description="Which of the state's tests it is, from 1.", examples=[6]
    )


class SpaceLaunch(Details):
    """A launch into or toward orbit: the vehicle, what it carried, how it ended."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"vehicle": "Chollima-1", "payload": "Malligyong-1", "outcome": "succeeded"}
            ]
        }
    )

    vehicle: ShortText | None = Field(
        default=None, description="What the rocket is called.", examples=["Chollima-1"]
    )
    payload: ShortText | None = Field(
        default=None, description="What it carried.", examples=["Malligyong-1"]
    )
    outcome: Outcome | None = Field(default=None, description="How it ended.", examples=["failed"])
