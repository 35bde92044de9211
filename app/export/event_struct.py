"""Stored events as tables read them: typed, where a dictionary an object would cost thrice as much.

What has no fixed shape stays the JSON text that it is.
"""

from collections.abc import Sequence

from msgspec import Raw, Struct, field
from msgspec.json import Decoder


class OverrideStruct(Struct, gc=False):
    """An editor's verification."""

    status: str | None = None
    reason: str | None = None


class LocationStruct(Struct, gc=False):
    """A place; a coordinate keeps the kind of number that it is written as."""

    name: str | None = None
    country: str | None = None
    admin1: str | None = None
    longitude: int | float | None = None
    latitude: int | float | None = None
    precision: str | None = None


class ParticipantStruct(Struct, gc=False):
    """Who takes part; `acts_for` is called `for` outside."""

    actor: str
    name: str
    role: str
    acts_for: str | None = field(name="for")


class FatalitiesStruct(Struct, gc=False):
    """How many died."""

    low: int | None = None
    best: int | None = None
    high: int | None = None


class ItemListStruct(Struct, gc=False):
    """A list that was asked for."""

    items: Raw = Raw(b"[]")


class ClaimsStruct(ItemListStruct, gc=False):
    """The claims, counted; and themselves, where they were asked for."""

    affirming: int = 0
    denying: int = 0
    independent: int = 0
    first_made_on: str | None = None


class KnownByStruct(Struct, gc=False):
    """The day by which this was known."""

    day: str


class EventStruct(Struct, gc=False):
    """An event's document; the last four are there if they were asked for."""

    id: str
    revision: int
    dataset: str
    external_id: str | None
    type: str
    category: str
    title: str
    summary: str | None
    date: str
    earliest_on: str | None
    latest_on: str | None
    date_precision: str
    lifecycle: str
    verification: str
    verification_rule: str
    verification_reason: str
    verification_override: OverrideStruct | None
    location: LocationStruct | None
    participants: list[ParticipantStruct]
    details: Raw
    fatalities: FatalitiesStruct | None
    codes: dict[str, str]
    tags: list[str]
    claims: ClaimsStruct
    created_at: str
    updated_at: str
    known_by: KnownByStruct | None = None
    relations: ItemListStruct | None = None
    references: Raw = Raw(b"")
    snippets: Raw = Raw(b"")


class OpenPartsStruct(Struct, gc=False):
    """What of an event has no fixed shape."""

    details: Raw
    codes: dict[str, str]


class EventPlaceStruct(Struct, gc=False):
    """What of an event a map needs."""

    id: Raw
    location: LocationStruct | None


EventStructs = Sequence[EventStruct]
decode_events = Decoder(EventStruct).decode_lines
"""The events of some lines."""

decode_open_parts = Decoder(OpenPartsStruct).decode_lines
decode_event_place = Decoder(EventPlaceStruct).decode
"""Of the events of some lines, or of one event, only that."""
