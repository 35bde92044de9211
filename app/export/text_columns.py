"""The columns of `export/table_columns.py` as texts, each made for many events at once.

That costs half of what row by row does: most of a column is one loop that runs in C.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from msgspec import Raw

from app.export.event_struct import Events, Fatalities, Location, Override
from app.export.table_columns import EXTRA, FIELDS, list_cell, text_cell
from app.export.writer import Look

Column = list[str]
Columns = Callable[[Events], Iterable[Column]]

_NUMBERS = """
revision longitude latitude fatalities_low fatalities_best fatalities_high
claims_affirming claims_denying claims_independent
"""
NUMBERS = frozenset(_NUMBERS.split())
"""The columns that hold numbers, which no spreadsheet takes for a formula."""


def text_columns(events: Events, look: Look) -> Iterator[Column]:
    """The columns that are shown, in their order."""
    for name in FIELDS:
        if look.fields is None or name in look.fields:
            yield from _FIELDS[name](events)
    for name in EXTRA:
        if name in look.extra:
            yield EXTRA_COLUMNS[name](events)


def _texts(name: str) -> Columns:
    value = attrgetter(name)
    return lambda events: [list(map(value, events))]


def _optional(values: Iterable[str | None]) -> Column:
    return [value or "" for value in values]


def _optional_texts(name: str) -> Columns:
    value = attrgetter(name)
    return lambda events: [_optional(map(value, events))]


def _numbers(values: Iterable[float | None]) -> Column:
    return ["" if value is None else str(value) for value in values]


def _revisions(events: Events) -> Iterable[Column]:
    yield [str(event.revision) for event in events]


def _summaries(events: Events) -> Iterable[Column]:
    yield _optional(text_cell(event.summary) for event in events)


def _overrides(events: Events) -> Iterable[Column]:
    overrides = [event.verification_override or _NO_OVERRIDE for event in events]
    yield _optional(each.status for each in overrides)
    yield _optional(each.reason for each in overrides)


def _locations(events: Events) -> Iterable[Column]:
    places = [event.location or _NOWHERE for event in events]
    yield from (_optional(map(value, places)) for value in _PLACE)
    yield from (_numbers(map(value, places)) for value in _POINT)
    yield _optional(map(_PRECISION, places))


def _participants(events: Events) -> Iterable[Column]:
    taking = [event.participants for event in events]
    yield _lists([[each.actor for each in those] for those in taking])
    yield _lists([[each.name for each in those] for those in taking])
    yield _lists([[each.acts_for or "" for each in those] for those in taking])
    yield _lists([[each.role for each in those] for those in taking])


def _details(events: Events) -> Iterable[Column]:
    yield ["" if text == "null" else text for text in _raw(event.details for event in events)]


def _fatalities(events: Events) -> Iterable[Column]:
    dead = [event.fatalities or _NOBODY for event in events]
    yield from (_numbers(map(value, dead)) for value in _DEAD)


def _codes(events: Events) -> Iterable[Column]:
    yield _lists([[f"{scheme}:{code}" for scheme, code in each.codes.items()] for each in events])


def _tags(events: Events) -> Iterable[Column]:
    yield _lists([event.tags for event in events])


def _claims(events: Events) -> Iterable[Column]:
    claims = [event.claims for event in events]
    yield from (_numbers(map(value, claims)) for value in _COUNTS)
    yield _optional(each.first_made_on for each in claims)


def _known_by(events: Events) -> Column:
    return [event.known_by.day if event.known_by else "" for event in events]


def _claim_items(events: Events) -> Column:
    return _raw(event.claims.items for event in events)


def _relation_items(events: Events) -> Column:
    return _raw(event.relations.items if event.relations else _NONE for event in events)


def _references(events: Events) -> Column:
    return _raw(event.references for event in events)


def _snippets(events: Events) -> Column:
    return _raw(event.snippets for event in events)


def _raw(texts: Iterable[Raw]) -> Column:
    return [bytes(text).decode() for text in texts]


def _lists(lists: Sequence[Sequence[str]]) -> Column:
    """Lists in cells, looked through all at once for what has to be escaped."""
    cells = list(map(";".join, lists))
    together = "".join(cells)
    if "\\" in together or together.count(";") > sum([len(items) - 1 for items in lists if items]):
        return list(map(list_cell, lists))
    return cells


_NONE = Raw(b"")
_NO_OVERRIDE, _NOWHERE, _NOBODY = Override(), Location(), Fatalities()
_PLACE = tuple(map(attrgetter, ("name", "country", "admin1")))
_POINT = tuple(map(attrgetter, ("longitude", "latitude")))
_PRECISION = attrgetter("precision")
_DEAD = tuple(map(attrgetter, ("low", "best", "high")))
_COUNTS = tuple(map(attrgetter, ("affirming", "denying", "independent")))

_TEXTS = """
id dataset type category title date date_precision lifecycle verification verification_rule
verification_reason created_at updated_at
"""
_FIELDS: Mapping[str, Columns] = {
    **{name: _texts(name) for name in _TEXTS.split()},
    **{name: _optional_texts(name) for name in ("external_id", "earliest_on", "latest_on")},
    "revision": _revisions,
    "summary": _summaries,
    "verification_override": _overrides,
    "location": _locations,
    "participants": _participants,
    "details": _details,
    "fatalities": _fatalities,
    "codes": _codes,
    "tags": _tags,
    "claims": _claims,
}
EXTRA_COLUMNS: Mapping[str, Callable[[Events], Column]] = {
    "known_by": _known_by,
    "claims": _claim_items,
    "relations": _relation_items,
    "references": _references,
    "snippets": _snippets,
}
"""The column of what was asked for beside the fields, by its name."""
