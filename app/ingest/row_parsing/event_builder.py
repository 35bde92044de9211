"""The events that imports make: what most rows leave empty, and a place in the shape it is kept."""

from app.ingest.reading.import_format import FileContext
from app.ingest.row_parsing.name_parsing import make_single_line
from app.record.content import EventContent, LocationContent


def make_plain_event(
    context: FileContext, external_id: str, type: str, title: str, date: str
) -> EventContent:
    """An event that occurred, of which nothing else is told yet."""
    return {
        "dataset": context.dataset,
        "external_id": external_id,
        "type": type,
        "title": title,
        "summary": None,
        "date": date,
        "lifecycle": "occurred",
        "location": None,
        "participants": [],
        "details": None,
        "fatalities": None,
        "codes": {},
        "tags": [],
        "verification_override": None,
    }


def make_location(
    name: str,
    country: str | None,
    admin1: str,
    point: tuple[float, float] | None,
    precision: str,
) -> LocationContent:
    """A place from the cells that name it; `point` is its longitude and latitude."""
    return {
        "name": make_single_line(name) or None,
        "country": country,
        "admin1": make_single_line(admin1) or None,
        "longitude": point[0] if point else None,
        "latitude": point[1] if point else None,
        "precision": precision,
    }
