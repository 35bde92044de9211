"""GeoJSON (RFC 7946): a feature an event; one without a place on the map has no geometry."""

from typing import Any

from app.export.writer import Writer
from app.vocab.lists import placed_precisions

DECIMALS = 7
"""About a centimetre: RFC 7946 §11.2 advises no more."""


def feature(event: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    """One event as a feature, with the fields that are shown as its properties."""
    return {
        "type": "Feature",
        "id": event["id"],
        "geometry": _geometry(event["location"]),
        "properties": shown,
    }


def _geometry(location: dict[str, Any] | None) -> dict[str, Any] | None:
    if location is None or location["precision"] not in placed_precisions():
        return None
    if location["longitude"] is None:
        return None
    coordinates = [round(location[name], DECIMALS) for name in ("longitude", "latitude")]
    return {"type": "Point", "coordinates": coordinates}


WRITER = Writer(
    name="geojson",
    media_type="application/geo+json",
    begin=b'{"type":"FeatureCollection","features":[',
    between=b",",
    end=b"]}",
    shape=feature,
)
