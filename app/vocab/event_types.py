"""The event types: one row each in `event_types.csv`, checked against all that it names."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from app.vocab.closed_lists import CATEGORIES, ListTerm, get_lists
from app.vocab.details.detail_types import DETAILS
from app.vocab.loader import DataRow, index_rows, read_rows


@dataclass(frozen=True)
class EventTypeDefinition:
    """A class of events; its foreign codes represent it, and others may map to it too."""

    type: str
    category: str
    label: str
    details: str | None
    cameo: tuple[str, ...]
    plover: tuple[str, ...]
    acled: tuple[str, ...]
    ucdp: tuple[str, ...]
    note: str


@cache
def get_event_types() -> Mapping[str, EventTypeDefinition]:
    """Return every event type by its name, in display order."""
    rows = index_rows(read_rows("event_types.csv"), "type")
    return MappingProxyType({value: _make_event_type(row) for value, row in rows.items()})


def _make_event_type(row: DataRow) -> EventTypeDefinition:
    details = row.read_choice("details", ("", *DETAILS), "details model")
    return EventTypeDefinition(
        type=row["type"],
        category=row.read_choice("category", CATEGORIES, "category"),
        label=row["label"],
        details=details or None,
        cameo=row.split_values("cameo"),
        plover=row.split_values("plover"),
        acled=row.split_values("acled"),
        ucdp=row.split_values("ucdp"),
        note=row["note"],
    )


def get_categories() -> tuple[ListTerm, ...]:
    """Return every category, in display order."""
    return get_lists()["categories"]


@cache
def list_types_of_category(category: str) -> tuple[str, ...]:
    """Return the event types of one category."""
    return tuple(
        event_type.type
        for event_type in get_event_types().values()
        if event_type.category == category
    )


EVENT_TYPES = tuple(get_event_types())
