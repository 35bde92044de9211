"""Events as columns of numbers, with one entry per event.

Text is stored as an index into the list of all values of its column; null is the value None.
A field with several values per event takes two columns (see `ragged_arrays.py` beside this
file); an event without any has the single value null. The columns never change, except for the
mask `live`: it is false for events that have been replaced.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import select, type_coerce
from sqlalchemy.types import NullType

from app.aggregate.columns.ragged_arrays import Array, compute_starts, expand_lists
from app.db.sql.json_sql import rows_as_json
from app.models.events import event_terms, events, participants
from app.values.dates import OPEN_END, OPEN_START
from app.values.ids import HASH_BITS

Values = Sequence[str | None]

TEXTS = ("type", "category", "country", "dataset", "lifecycle", "verification")
NUMBERS: Mapping[str, Any] = {
    "order_key": np.int64,
    "latest_day": np.int32,
    "fatalities_best": np.int32,
    "roles": np.int64,
    "is_certain": np.int8,
    "longitude": np.float64,
    "latitude": np.float64,
}
DERIVED = ("first_day", "first_month", "last_month")
IDS = ("id_high", "id_low")
MANY = ("actor", "tag", "code", "source")
LISTS = (*(f"{name}_{part}" for name in MANY for part in ("starts", "codes")), "actor_roles")
"""The values of event n run from its start up to the next one's; so do its actors' roles."""

_PARTICIPANTS = select(rows_as_json(participants.c.actor, participants.c.roles)).where(
    participants.c.event_id == events.c.id
)
_TERMS = select(rows_as_json(event_terms.c.kind, event_terms.c.term)).where(
    event_terms.c.event_id == events.c.id
)
ROWS = select(
    events.c.id,
    # As the drivers give them: to convert floats SQLAlchemy would need a live cursor.
    *(type_coerce(events.c[name], NullType()).label(name) for name in NUMBERS),
    *(events.c[name] for name in TEXTS),
    _PARTICIPANTS.correlate(events).scalar_subquery().label("taking"),
    _TERMS.correlate(events).scalar_subquery().label("terms"),
)
"""The rows that columns are made of."""

_EPOCH = 719_163
_LAST_DAY = 3_652_059
_NO_START, _NO_END = -12_000, -24_000
_HALF = (1 << 64) - 1


@dataclass(frozen=True)
class EventColumns:
    """Columns in the order of the ids; without `live` every event is live."""

    columns: Mapping[str, Array]
    values: Mapping[str, Values]
    live: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.columns["id_high"])

    def locate(self, ids: Iterable[UUID]) -> NDArray[np.intp]:
        """Return the places of the events with these ids, as far as they are here."""
        wanted = [(id.int >> 64, id.int & _HALF) for id in ids]
        high = np.array([one for one, _ in wanted], np.uint64)
        low = np.array([other for _, other in wanted], np.uint64)
        first = np.searchsorted(self.columns["id_high"], high, "left")
        last = np.searchsorted(self.columns["id_high"], high, "right")
        # Ids whose first halves are equal are neighbors.
        found = [
            place
            for begin, end, rest in zip(first.tolist(), last.tolist(), low, strict=True)
            for place in range(begin, end)
            if self.columns["id_low"][place] == rest
        ]
        return np.array(found, np.intp)

    def mark_replaced(self, ids: Iterable[UUID]) -> "EventColumns":
        """Return the columns with these events no longer live."""
        places = self.locate(ids)
        if not len(places):
            return self
        live = np.ones(len(self), np.bool_) if self.live is None else self.live.copy()
        live[places] = False
        return replace(self, live=live)


def make_event_columns(rows: Sequence[Sequence[Any]]) -> EventColumns:
    """Return the columns of rows as `ROWS` selects them."""
    builder = ColumnBuilder()
    builder.add(rows)
    return builder.build()


class ColumnBuilder:
    """Rows that are collected batch by batch to become columns."""

    def __init__(self) -> None:
        self._parts: dict[str, list[Array]] = {
            name: [] for name in (*IDS, *NUMBERS, *TEXTS, *LISTS)
        }
        self._places: dict[str, dict[str | None, int]] = {name: {} for name in (*TEXTS, *MANY)}

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Add a batch of rows."""
        width = 1 + len(NUMBERS) + len(TEXTS) + 2
        ids, *others, taking, terms = zip(*rows, strict=True) if rows else [()] * width
        self._parts["id_high"].append(np.array([id.int >> 64 for id in ids], np.uint64))
        self._parts["id_low"].append(np.array([id.int & _HALF for id in ids], np.uint64))
        for (name, kind), given in zip(NUMBERS.items(), others, strict=False):
            self._parts[name].append(np.array(given, kind))
        for name, given in zip(TEXTS, others[len(NUMBERS) :], strict=True):
            self._add_codes(name, given)
        self._add_participants(_parse_json_texts(taking))
        self._add_terms(_parse_json_texts(terms))

    def _add_codes(self, name: str, given: Iterable[str | None]) -> None:
        places = self._places[name]
        codes = [places.setdefault(value, len(places)) for value in given]
        self._parts[name if name in TEXTS else f"{name}_codes"].append(np.array(codes, np.int32))

    def _add_lists(self, name: str, lists: Sequence[Sequence[str | None]]) -> None:
        self._parts[f"{name}_starts"].append(np.array([len(items) for items in lists], np.int64))
        self._add_codes(name, [value for items in lists for value in items])

    def _add_participants(self, participants: Sequence[Sequence[tuple[str | None, int]]]) -> None:
        nobody: list[tuple[str | None, int]] = [(None, 0)]
        whole = [items or nobody for items in participants]
        self._add_lists("actor", [[actor for actor, _ in items] for items in whole])
        roles = [held for items in whole for _, held in items]
        self._parts["actor_roles"].append(np.array(roles, np.int64))

    def _add_terms(self, terms: Sequence[Sequence[tuple[str, str]]]) -> None:
        for name in MANY[1:]:
            of_kind = [[term for kind, term in items if kind == name] for items in terms]
            self._add_lists(name, [items or [None] for items in of_kind])

    def build(self) -> EventColumns:
        """Return the columns of all rows that were added."""
        columns = {name: np.concatenate(parts) for name, parts in self._parts.items()}
        order = np.lexsort((columns["id_low"], columns["id_high"]))
        for name in (*IDS, *NUMBERS, *TEXTS):
            columns[name] = columns[name][order]
        for name in MANY:
            self._order_lists(columns, name, order)
        for name in TEXTS:
            columns[name] = columns[name].astype(_choose_narrowest_type(len(self._places[name])))
        columns["first_day"] = (columns["order_key"] >> HASH_BITS).astype(np.int32)
        columns["first_month"] = _compute_months(columns["first_day"])
        columns["last_month"] = _compute_months(columns["latest_day"])
        return EventColumns(columns, {name: tuple(places) for name, places in self._places.items()})

    def _order_lists(self, columns: dict[str, Array], name: str, order: Array) -> None:
        """Sort the lists into the order of the events, and turn their lengths into starts."""
        starts, codes, lengths = f"{name}_starts", f"{name}_codes", columns[f"{name}_starts"]
        _, where = expand_lists(compute_starts(lengths), order)
        columns[codes] = columns[codes][where].astype(
            _choose_narrowest_type(len(self._places[name]))
        )
        columns[starts] = compute_starts(lengths[order]).astype(
            _choose_narrowest_type(len(where) + 1)
        )
        if name == "actor":
            roles = columns["actor_roles"][where]
            columns["actor_roles"] = roles.astype(
                _choose_narrowest_type(int(roles.max(initial=0)) + 1)
            )


def _parse_json_texts(texts: Iterable[str]) -> list[Any]:
    """Parse JSON texts, all by one call."""
    return orjson.loads(f"[{','.join(texts)}]")  # type: ignore[no-any-return]  # of a list


def _compute_months(days: Array) -> Array:
    """Return the month of each day, counted from the year 0; an open end has one of its own."""
    within = np.clip(days, 1, _LAST_DAY).astype(np.int64) - _EPOCH
    months = within.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return np.where(
        days == OPEN_START, _NO_START, np.where(days == OPEN_END, _NO_END, months)
    ).astype(np.int32)


def _choose_narrowest_type(count: int) -> Any:
    return np.min_scalar_type(max(count - 1, 0))
