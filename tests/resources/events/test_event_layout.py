"""Every description of an event agrees with the layout; a failure lists the differences."""

import json
from collections.abc import Iterator, Sequence
from types import NoneType
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel

from app.record import content
from app.resources.events import schemas
from app.vocab.event_layout import EVENT_LAYOUT, DocumentField
from tests.export.documents import FULL, document

INCLUDED_FIELDS = ("relations", "snippets", "references", "known_by")
SCHEMAS: dict[str, type[BaseModel]] = {
    "verification_override": schemas.Override,
    "location": schemas.Location,
    "participants": schemas.Participant,
    "fatalities": schemas.Fatalities,
    "claims": schemas.ClaimCounts,
}
INCLUDED_MEMBERS = {"claims": ("items", "more")}
CONTENTS: dict[str, Any] = {
    "verification_override": content.OverrideContent,
    "location": content.LocationContent,
    "participants": content.ParticipantContent,
    "fatalities": content.FatalitiesContent,
}
DERIVED_MEMBERS = {"participants": ("name",)}


def test_every_description_of_an_event_agrees_with_the_layout() -> None:
    assert [*_list_differences()] == []


def _list_differences() -> Iterator[str]:
    names = [field.name for field in EVENT_LAYOUT]
    settable = [field.name for field in EVENT_LAYOUT if field.settable]
    stored = json.loads(document(FULL))
    yield from _compare("document", list(stored), names)
    yield from _compare("Event", list(schemas.Event.model_fields), [*names, *INCLUDED_FIELDS])
    yield from _compare_sets("EventContent", content.EVENT_KEYS, settable)
    yield from _compare_sets("EventImport", schemas.EventImport.model_fields, settable)
    yield from _compare_sets("EventPatch", schemas.EventPatch.model_fields, names)
    yield from _compare_sets("EventReplace", schemas.EventReplace.model_fields, names)
    for field in EVENT_LAYOUT:
        yield from _compare_nullability(f"Event.{field.name}", schemas.Event, field.name, field)
        if field.members:
            yield from _compare_members(field)


def _compare_members(field: DocumentField) -> Iterator[str]:
    schema, names = SCHEMAS[field.name], [member.name for member in field.members]
    found = [info.alias or name for name, info in schema.model_fields.items()]
    beside = INCLUDED_MEMBERS.get(field.name, ())
    yield from _compare(schema.__name__, found, [*names, *beside])
    for member, attribute in zip(field.members, schema.model_fields, strict=False):
        yield from _compare_nullability(f"{field.name}.{member.name}", schema, attribute, member)
    if field.name in CONTENTS:
        derived = DERIVED_MEMBERS.get(field.name, ())
        settable = [name for name in names if name not in derived]
        yield from _compare(
            f"content of {field.name}", list(CONTENTS[field.name].__annotations__), settable
        )


def _compare(what: str, found: Sequence[str], expected: Sequence[str]) -> Iterator[str]:
    yield from _compare_sets(what, found, expected)
    if set(found) == set(expected) and [*found] != [*expected]:
        yield f"{what}: the order is {[*found]}, and {[*expected]} in the layout"


def _compare_sets(what: str, found: Any, expected: Any) -> Iterator[str]:
    yield from (f"{what} lacks {name}" for name in expected if name not in found)
    yield from (f"{what} has {name}, the layout has not" for name in found if name not in expected)


def _compare_nullability(
    what: str, schema: type[BaseModel], attribute: str, described: Any
) -> Iterator[str]:
    nullable = NoneType in get_args(get_type_hints(schema)[attribute])
    if nullable != described.nullable:
        yield f"{what} is {'' if nullable else 'not '}nullable, unlike in the layout"
