"""Counts of groups over columns: those of `sql_counts.py`, many times faster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.aggregate.columns.column_masks import Places
from app.aggregate.columns.event_columns import MANY, TEXTS, EventColumns
from app.aggregate.columns.ragged_arrays import Array, compute_lengths, expand_lists, split_portions
from app.aggregate.dimensions import Dimension, GridDimension, RoleDimension
from app.aggregate.grouping import Grouping
from app.aggregate.measures import MeasureValue
from app.aggregate.time_buckets import WEEK
from app.db.threads import raise_if_stopped
from app.models.events import NO_FATALITIES

MOST_CODES = 4_000_000
"""Up to this many possible groups are counted in an array with a place for each."""

FEW_CODES, CODES_A_ROW = 10_000, 16
"""Above these numbers rows are sorted instead, which costs less than scanning all places."""

LARGEST_CODE = 1 << 62
MOST_ROWS = 4_000_000
"""Combinations of an event's values that are counted at once."""


@dataclass(frozen=True)
class CodedColumn:
    """A dimension of selected events: for each event the index of its raw value in `values`."""

    codes: Array
    values: Sequence[Any]


RawCounts = dict[tuple[Any, ...], Any]
"""The measures of each group, by raw keys."""


def count_groups(part: EventColumns, places: Places, grouping: Grouping) -> Iterator[RawCounts]:
    """Yield the measures of each group of the events at these places; a group can come again."""
    many = [dimension.name for dimension in grouping.dimensions if dimension.name in MANY]
    if not many:
        yield _count_portion(part, places, grouping)
        return
    sizes = np.ones(len(places), np.int64)
    for name in many:
        sizes *= compute_lengths(part.columns[f"{name}_starts"], places)
    for portion in split_portions(sizes, MOST_ROWS):
        raise_if_stopped()
        yield _count_portion(part, places[portion], grouping)


def _count_portion(part: EventColumns, places: Places, grouping: Grouping) -> RawCounts:
    rows, many = _combine_values(part, places, grouping)
    coded = []
    for dimension in grouping.dimensions:
        held = many.get(dimension.name) or _encode_dimension(part, places, dimension)
        whole = dimension.name in many or rows is None
        coded.append(held if whole else CodedColumn(held.codes[rows], held.values))
    chosen = places if rows is None else places[rows]
    groups = _group_rows(coded, len(chosen))
    best = part.columns["fatalities_best"][chosen] if _needs_fatalities(grouping) else None
    measured = [_MEASURES[measure.name](groups, best) for measure in grouping.measures]
    keys = _decode_keys(coded, groups)
    return dict(zip(keys, zip(*measured, strict=True), strict=True))


def _combine_values(
    part: EventColumns, places: Places, grouping: Grouping
) -> tuple[Array | None, Mapping[str, CodedColumn]]:
    """Return the event of each combination of values, and the values by dimension.

    The events are None where every event has one combination.
    """
    rows: Array | None = None
    many: dict[str, CodedColumn] = {}
    for dimension in grouping.dimensions:
        if dimension.name not in MANY:
            continue
        starts, codes = (part.columns[f"{dimension.name}_{end}"] for end in ("starts", "codes"))
        numbers, where = expand_lists(starts, places if rows is None else places[rows])
        many = {name: CodedColumn(held.codes[numbers], held.values) for name, held in many.items()}
        many[dimension.name] = CodedColumn(codes[where], part.values[dimension.name])
        rows = numbers if rows is None else rows[numbers]
    return rows, many


def _needs_fatalities(grouping: Grouping) -> bool:
    return any(measure.reads_fatalities for measure in grouping.measures)


def _encode_dimension(part: EventColumns, places: Places, dimension: Dimension) -> CodedColumn:
    columns = part.columns
    if dimension.name in TEXTS:
        return CodedColumn(columns[dimension.name][places], part.values[dimension.name])
    if isinstance(dimension, RoleDimension):
        return _rank_numbers(columns["roles"][places], None)
    if isinstance(dimension, GridDimension):
        quotient = (columns[dimension.name][places] - dimension.start) / dimension.size
        steps = np.where(np.isnan(quotient), -1, np.floor(quotient)).astype(np.int64)
        return _rank_numbers(steps, steps < 0)
    first, last = _compute_bucket_ends(part, places, dimension.name)
    return _rank_numbers(first, first != last)


def _compute_bucket_ends(part: EventColumns, places: Places, name: str) -> tuple[Any, Any]:
    """Return the buckets of the first and the last day; an open end shares none with the other."""
    column, width = _ENDS[name]
    first, last = (part.columns[name][places] for name in column)
    if width == 1:
        return first, last
    offset = 1 if width == WEEK else 0
    return (first - offset) // width, (last - offset) // width


_DAYS, _MONTHS = ("first_day", "latest_day"), ("first_month", "last_month")
_ENDS: Mapping[str, tuple[tuple[str, str], int]] = {
    "day": (_DAYS, 1),
    "week": (_DAYS, WEEK),
    "month": (_MONTHS, 1),
    "quarter": (_MONTHS, 3),
    "year": (_MONTHS, 12),
}


def _rank_numbers(numbers: Any, is_null: Any) -> CodedColumn:
    """Encode numbers as offsets from the least one; null comes last."""
    known = numbers if is_null is None else numbers[~is_null]
    if not len(known):
        return CodedColumn(np.zeros(len(numbers), np.int64), (None,))
    least, greatest = int(known.min()), int(known.max())
    if greatest - least > MOST_CODES:
        found, codes = np.unique(numbers, return_inverse=True)
        values: list[Any] = found.tolist()
    else:
        codes, values = numbers - least, list(range(least, greatest + 1))
    if is_null is not None:
        codes[is_null] = len(values)
        values.append(None)
    return CodedColumn(codes, values)


@dataclass(frozen=True)
class RowGroups:
    """The code of each row's group; each group's code, an example row and its number of rows.

    Codes are below `most`, and not every code is a group's.
    """

    codes: Array
    most: int
    found: Array
    example: Array
    counts: Array

    def sum_weights(self, weights: Array) -> Array:
        """Return the sum of the weights of each group's rows."""
        return np.asarray(np.bincount(self.codes, weights, self.most)[self.found])


def _group_rows(coded: Sequence[CodedColumn], length: int) -> RowGroups:
    if not coded:
        nothing = np.zeros(1, np.int64)
        return RowGroups(np.zeros(length, np.int64), 1, nothing, nothing, np.array([length]))
    codes: Array = np.zeros(length, np.int64)
    most = 1
    for column in coded:
        if most * len(column.values) > LARGEST_CODE:
            found, codes = np.unique(codes, return_inverse=True)
            most = len(found)
        codes = (
            codes * len(column.values) + column.codes if most > 1 else column.codes.astype(np.int64)
        )
        most *= max(len(column.values), 1)
    if most > MOST_CODES or most > FEW_CODES + CODES_A_ROW * length:
        _, example, codes, counts = np.unique(codes, True, True, True)
        return RowGroups(codes, len(counts), np.arange(len(counts)), example, counts)
    counts = np.bincount(codes, minlength=most)
    found = np.flatnonzero(counts)
    examples = np.zeros(most, np.int64)
    examples[codes] = np.arange(length)
    return RowGroups(codes, most, found, examples[found], counts[found])


def _decode_keys(coded: Sequence[CodedColumn], groups: RowGroups) -> Sequence[tuple[Any, ...]]:
    columns = [
        [column.values[code] for code in column.codes[groups.example].tolist()] for column in coded
    ]
    return list(zip(*columns, strict=True)) if columns else [()]


def _count_rows(groups: RowGroups, best: Any) -> list[int]:
    del best
    return groups.counts.tolist()  # type: ignore[no-any-return]  # of whole numbers


def _sum_fatalities(groups: RowGroups, best: Any) -> list[int]:
    # Doubles hold sums of integers exactly up to 2^53, more than any number of dead.
    return [int(number) for number in groups.sum_weights(np.where(best == NO_FATALITIES, 0, best))]


def _count_known(groups: RowGroups, best: Any) -> list[int]:
    return [int(number) for number in groups.sum_weights(best != NO_FATALITIES)]


def _compute_most(groups: RowGroups, best: Any) -> list[MeasureValue]:
    most = np.full(groups.most, NO_FATALITIES, np.int64)
    np.maximum.at(most, groups.codes, best)
    return [None if number == NO_FATALITIES else number for number in most[groups.found].tolist()]


_MEASURES: Mapping[str, Callable[[RowGroups, Any], list[Any]]] = {
    "count": _count_rows,
    "fatalities_best": _sum_fatalities,
    "fatalities_known": _count_known,
    "fatalities_most": _compute_most,
}
