"""Details of launches and explosions: missile tests, nuclear tests, space launches."""

from typing import Literal

from pydantic import ConfigDict, Field

from app.vocab.details.detail_fields import Amount, DetailCount, Details, Ordinal, Range, ShortText

Outcome = Literal["succeeded", "partial", "failed", "unknown"]


class MissileTest(Details):
    """A missile fired without an enemy: vehicle, range, apogee, outcome."""

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
        default=None, description="Name of the missile.", examples=["Hwasong-18"]
    )
    vehicle_class: (
        Literal["srbm", "mrbm", "irbm", "icbm", "slbm", "cruise", "hypersonic", "anti-air", "other"]
        | None
    ) = Field(default=None, alias="class", description="Class of the missile.", examples=["icbm"])
    count: DetailCount | None = Field(default=None, description="Number fired.", examples=[1])
    range_km: Amount | None = Field(
        default=None, description="Distance flown, in kilometers.", examples=[1001]
    )
    apogee_km: Amount | None = Field(
        default=None, description="Greatest height, in kilometers.", examples=[6648]
    )
    outcome: Outcome | None = Field(default=None, description="Outcome.", examples=["succeeded"])


class NuclearTest(Details):
    """A nuclear explosion other than an attack: its yield and its place in the series."""

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
        description="Yield in kilotons of TNT.",
        examples=[{"value": 1, "estimated": True}],
    )
    magnitude: Amount | None = Field(
        default=None, description="Seismic body-wave magnitude.", examples=[6.3]
    )
    ordinal: Ordinal | None = Field(
        default=None,
        description="Number of the test among those of the state, from 1.",
        examples=[6],
    )


class SpaceLaunch(Details):
    """A launch into or toward orbit: vehicle, payload, outcome."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"vehicle": "Chollima-1", "payload": "Malligyong-1", "outcome": "succeeded"}
            ]
        }
    )

    vehicle: ShortText | None = Field(
        default=None, description="Name of the rocket.", examples=["Chollima-1"]
    )
    payload: ShortText | None = Field(
        default=None, description="Payload.", examples=["Malligyong-1"]
    )
    outcome: Outcome | None = Field(default=None, description="Outcome.", examples=["failed"])
