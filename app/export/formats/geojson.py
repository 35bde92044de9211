"""GeoJSON (RFC 7946): one feature per event, without a geometry if the event has no coordinates.

The properties are the document as it is, so that only its id and its place are decoded.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from app.export.event_struct import PlaceStruct, decode_event_place
from app.export.writer import JsonText, Writer, keep_fields
from app.vocab.closed_lists import get_placed_precisions

DECIMALS = 7
"""About a centimeter: RFC 7946 §11.2 advises no more."""


@dataclass(frozen=True)
class GeojsonWriter(Writer):
    """A writer of features, with the selected fields as properties."""

    def write(self, document: JsonText) -> bytes:
        """Write one feature."""
        text = document.encode() if isinstance(document, str) else document
        placed, fields = decode_event_place(text), self.options.fields
        shown = text if fields is None else orjson.dumps(keep_fields(orjson.loads(text), fields))
        parts = (bytes(placed.id), orjson.dumps(_make_geometry(placed.location)), shown)
        return b'{"type":"Feature","id":%s,"geometry":%s,"properties":%s}' % parts


def _make_geometry(location: PlaceStruct | None) -> dict[str, Any] | None:
    if location is None or location.precision not in get_placed_precisions():
        return None
    if location.longitude is None or location.latitude is None:
        return None
    coordinates = [round(degrees, DECIMALS) for degrees in (location.longitude, location.latitude)]
    return {"type": "Point", "coordinates": coordinates}


WRITER = GeojsonWriter(
    name="geojson",
    media_type="application/geo+json",
    begin=b'{"type":"FeatureCollection","features":[',
    between=b",",
    end=b"]}",
)
