"""Stored events as the table formats read them: msgspec structs made from the event layout.

A struct costs a third of what a dictionary does. Fields without a fixed shape stay JSON text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Raw, Struct, defstruct
from msgspec.json import Decoder

from app.vocab.event_layout import EVENT_LAYOUT, DocumentField, FieldMember


class ItemListStruct(Struct, gc=False):
    """A list of included records."""

    items: Raw = Raw(b"[]")


class KnownByStruct(Struct, gc=False):
    """The day of `known_by`."""

    day: str


class OpenPartsStruct(Struct, gc=False):
    """The parts of an event without a fixed shape."""

    details: Raw
    codes: dict[str, str]


class PlaceStruct(Struct, gc=False):
    """The members of a location that place an event on a map."""

    longitude: int | float | None = None
    latitude: int | float | None = None
    precision: str | None = None


class EventPlaceStruct(Struct, gc=False):
    """The parts of an event that a map needs."""

    id: Raw
    location: PlaceStruct | None


_TYPES: Mapping[str, Any] = {
    "text": str,
    "blank-text": str,
    "day": str,
    "instant": str,
    "integer": int,
    "number": int | float,
    "texts": list[str],
    "codes": dict[str, str],
    "json": Raw,
}
_INCLUDED: list[tuple[str, Any, Any]] = [
    ("known_by", KnownByStruct | None, None),
    ("relations", ItemListStruct | None, None),
    ("references", Raw, Raw(b"")),
    ("snippets", Raw, Raw(b"")),
]
"""The fields that are present only if a request includes them."""


def _make_member(member: FieldMember) -> tuple[str, Any, Any]:
    return member.name, _TYPES[member.type] | None, None


def _make_object_struct(field: DocumentField) -> Any:
    """Return the struct of a field with members; the claims' has the included claims too."""
    bases = (ItemListStruct,) if field.name == "claims" else ()
    members = [_make_member(member) for member in field.members]
    return defstruct(f"{field.name.title()}Struct", members, bases=bases, gc=False)


OBJECT_STRUCTS: Mapping[str, Any] = {
    field.name: _make_object_struct(field) for field in EVENT_LAYOUT if field.members
}
"""The struct of each field that is an object or a list of objects."""


def _make_type(field: DocumentField) -> Any:
    made: Any = OBJECT_STRUCTS[field.name] if field.members else _TYPES[field.type]
    if field.type == "objects":
        return list.__class_getitem__(made)
    return made | None if field.nullable and made is not Raw else made


_FIELDS: list[Any] = [(field.name, _make_type(field)) for field in EVENT_LAYOUT]
EventStruct: Any = defstruct("EventStruct", [*_FIELDS, *_INCLUDED], gc=False)
EventStructs = Sequence[Any]
decode_events = Decoder(EventStruct).decode_lines
"""Decode lines of JSON, each an event, whole."""

decode_open_parts = Decoder(OpenPartsStruct).decode_lines
"""Decode only the parts without a fixed shape from lines of JSON."""

decode_event_place = Decoder(EventPlaceStruct).decode
"""Decode only the id and the place of one event."""
