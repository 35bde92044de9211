"""Stored events as tables read them: typed, where a dictionary an object would cost thrice as much.

What has no fixed shape stays the JSON text that it is.
"""

from collections.abc import Sequence

from msgspec import Raw, Struct, field
from msgspec.json import Decoder


class Override(Struct, gc=False):
    """An editor's verification."""

    status: str | None = None
    reason: str | None = None


class Location(Struct, gc=False):
    """A place; a coordinate keeps the kind of number that it is written as."""

    name: str | None = None
    country: str | None = None
    admin1: str | None = None
    longitude: int | float | None = None
    latitude: int | float | None = None
    precision: str | None = None


class Participant(Struct, gc=False):
    """Who takes part; `acts_for` is called `for` outside."""

    actor: str
    name: str
    role: str
    acts_for: str | None = field(name="for")


class Fatalities(Struct, gc=False):
    """How many died."""

    low: int | None = None
    best: int | None = None
    high: int | None = None


class Listed(Struct, gc=False):
    """A list that was asked for."""

    items: Raw = Raw(b"[]")


class Claims(Listed, gc=False):
    """The claims, counted; and themselves, where they were asked for."""

    affirming: int = 0
    denying: int = 0
    independent: int = 0
    first_made_on: str | None = None


class KnownBy(Struct, gc=False):
    """The day by which this was known."""

    day: str


class StoredEvent(Struct, gc=False):
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
    verification_override: Override | None
    location: Location | None
    participants: list[Participant]
    details: Raw
    fatalities: Fatalities | None
    codes: dict[str, str]
    tags: list[str]
    claims: Claims
    created_at: str
    updated_at: str
    known_by: KnownBy | None = None
    relations: Listed | None = None
    references: Raw = Raw(b"")
    snippets: Raw = Raw(b"")


class OpenParts(Struct, gc=False):
    """What of an event has no fixed shape."""

    details: Raw
    codes: dict[str, str]


class Placed(Struct, gc=False):
    """What of an event a map needs."""

    id: Raw
    location: Location | None


Events = Sequence[StoredEvent]
decode_lines = Decoder(StoredEvent).decode_lines
"""The events of some lines."""

decode_open_parts = Decoder(OpenParts).decode_lines
decode_placed = Decoder(Placed).decode
"""Of the events of some lines, or of one event, only that."""
