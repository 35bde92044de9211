"""Schemas of events as GeoJSON (RFC 7946), for the API reference."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.resources.events.schemas import Event, EventPart
from app.vocab.field_types import RecordIdText


class Point(BaseModel):
    """The point of an event on a map: longitude, latitude."""

    type: Literal["Point"] = Field(description="The kind of geometry.")
    coordinates: Annotated[list[float], Field(min_length=2, max_length=2)] = Field(
        description="Degrees, WGS 84, at most seven decimals.", examples=[[125.75, 39.03]]
    )


class EventFeature(BaseModel):
    """An event as GeoJSON (RFC 7946)."""

    type: Literal["Feature"] = Field(description="The kind of object.")
    id: RecordIdText | None
    geometry: Point | None = Field(
        description="Null without coordinates, and if only the country or region is known."
    )
    properties: Event | EventPart = Field(description="The event.")  # type: ignore[valid-type]


class EventFeatures(BaseModel):
    """Events as GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"] = Field(description="The kind of object.")
    features: list[EventFeature] = Field(description="The events, in order.")
