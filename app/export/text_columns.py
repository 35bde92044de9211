"""The columns of `export/table_columns.py` as texts, each made for many events at once.

That costs half of what row by row does: most of a column is one loop that runs in C.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from msgspec import Raw

from app.export.event_struct import EventStructs, FatalitiesStruct, LocationStruct, OverrideStruct
from app.export.table_columns import (
    FIELD_COLUMNS,
    INCLUDE_COLUMNS,
    write_list_cell,
    write_text_cell,
)
from app.export.writer import RenderOptions

TextColumn = list[str]
TextColumnMaker = Callable[[EventStructs], Iterable[TextColumn]]

_NUMBER_NAMES = """
revision longitude latitude fatalities_low fatalities_best fatalities_high
claims_affirming claims_denying claims_independent
"""
NUMBER_COLUMNS = frozenset(_NUMBER_NAMES.split())
"""The columns that hold numbers, which no spreadsheet takes for a formula."""


def make_text_columns(events: EventStructs, look: RenderOptions) -> Iterator[TextColumn]:
    """The columns that are shown, in their order."""
    for name in FIELD_COLUMNS:
        if look.fields is None or name in look.fields:
            yield from _FIELD_MAKERS[name](events)
    for name in INCLUDE_COLUMNS:
        if name in look.extra:
            yield INCLUDE_MAKERS[name](events)


def _read_texts(name: str) -> TextColumnMaker:
    value = attrgetter(name)
    return lambda events: [list(map(value, events))]


def _fill_empty(values: Iterable[str | None]) -> TextColumn:
    return [value or "" for value in values]


def _read_optional_texts(name: str) -> TextColumnMaker:
    value = attrgetter(name)
    return lambda events: [_fill_empty(map(value, events))]


def _format_numbers(values: Iterable[float | None]) -> TextColumn:
    return ["" if value is None else str(value) for value in values]


def _format_revisions(events: EventStructs) -> Iterable[TextColumn]:
    yield [str(event.revision) for event in events]


def _format_summaries(events: EventStructs) -> Iterable[TextColumn]:
    yield _fill_empty(write_text_cell(event.summary) for event in events)


def _format_overrides(events: EventStructs) -> Iterable[TextColumn]:
    overrides = [event.verification_override or _NO_OVERRIDE for event in events]
    yield _fill_empty(each.status for each in overrides)
    yield _fill_empty(each.reason for each in overrides)


def _format_locations(events: EventStructs) -> Iterable[TextColumn]:
    places = [event.location or _NO_LOCATION for event in events]
    yield from (_fill_empty(map(value, places)) for value in _PLACE_PARTS)
    yield from (_format_numbers(map(value, places)) for value in _POINT_PARTS)
    yield _fill_empty(map(_PRECISION, places))


def _format_participants(events: EventStructs) -> Iterable[TextColumn]:
    taking = [event.participants for event in events]
    yield _join_lists([[each.actor for each in those] for those in taking])
    yield _join_lists([[each.name for each in those] for those in taking])
    yield _join_lists([[each.acts_for or "" for each in those] for those in taking])
    yield _join_lists([[each.role for each in those] for those in taking])


def _format_details(events: EventStructs) -> Iterable[TextColumn]:
    yield [
        "" if text == "null" else text for text in _decode_raw(event.details for event in events)
    ]


def _format_fatalities(events: EventStructs) -> Iterable[TextColumn]:
    dead = [event.fatalities or _NO_FATALITIES for event in events]
    yield from (_format_numbers(map(value, dead)) for value in _FATALITY_PARTS)


def _format_codes(events: EventStructs) -> Iterable[TextColumn]:
    yield _join_lists(
        [[f"{scheme}:{code}" for scheme, code in each.codes.items()] for each in events]
    )


def _format_tags(events: EventStructs) -> Iterable[TextColumn]:
    yield _join_lists([event.tags for event in events])


def _format_claims(events: EventStructs) -> Iterable[TextColumn]:
    claims = [event.claims for event in events]
    yield from (_format_numbers(map(value, claims)) for value in _CLAIM_COUNTS)
    yield _fill_empty(each.first_made_on for each in claims)


def _format_known_by(events: EventStructs) -> TextColumn:
    return [event.known_by.day if event.known_by else "" for event in events]


def _format_claim_items(events: EventStructs) -> TextColumn:
    return _decode_raw(event.claims.items for event in events)


def _format_relation_items(events: EventStructs) -> TextColumn:
    return _decode_raw(event.relations.items if event.relations else _EMPTY for event in events)


def _format_references(events: EventStructs) -> TextColumn:
    return _decode_raw(event.references for event in events)


def _format_snippets(events: EventStructs) -> TextColumn:
    return _decode_raw(event.snippets for event in events)


def _decode_raw(texts: Iterable[Raw]) -> TextColumn:
    return [bytes(text).decode() for text in texts]


def _join_lists(lists: Sequence[Sequence[str]]) -> TextColumn:
    """Lists in cells, looked through all at once for what has to be escaped."""
    cells = list(map(";".join, lists))
    together = "".join(cells)
    if "\\" in together or together.count(";") > sum([len(items) - 1 for items in lists if items]):
        return list(map(write_list_cell, lists))
    return cells


_EMPTY = Raw(b"")
_NO_OVERRIDE, _NO_LOCATION, _NO_FATALITIES = OverrideStruct(), LocationStruct(), FatalitiesStruct()
_PLACE_PARTS = tuple(map(attrgetter, ("name", "country", "admin1")))
_POINT_PARTS = tuple(map(attrgetter, ("longitude", "latitude")))
_PRECISION = attrgetter("precision")
_FATALITY_PARTS = tuple(map(attrgetter, ("low", "best", "high")))
_CLAIM_COUNTS = tuple(map(attrgetter, ("affirming", "denying", "independent")))

_TEXT_FIELDS = """
id dataset type category title date date_precision lifecycle verification verification_rule
verification_reason created_at updated_at
"""
_FIELD_MAKERS: Mapping[str, TextColumnMaker] = {
    **{name: _read_texts(name) for name in _TEXT_FIELDS.split()},
    **{name: _read_optional_texts(name) for name in ("external_id", "earliest_on", "latest_on")},
    "revision": _format_revisions,
    "summary": _format_summaries,
    "verification_override": _format_overrides,
    "location": _format_locations,
    "participants": _format_participants,
    "details": _format_details,
    "fatalities": _format_fatalities,
    "codes": _format_codes,
    "tags": _format_tags,
    "claims": _format_claims,
}
INCLUDE_MAKERS: Mapping[str, Callable[[EventStructs], TextColumn]] = {
    "known_by": _format_known_by,
    "claims": _format_claim_items,
    "relations": _format_relation_items,
    "references": _format_references,
    "snippets": _format_snippets,
}
"""The column of what was asked for beside the fields, by its name."""
