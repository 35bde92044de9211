"""Parsing of cells; BadRow has the column, the value and the expected form."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Literal

from app.ingest.reading.import_format import BadRow
from app.ingest.row_parsing.name_parsing import make_single_line

Cells = Mapping[str, str]
SlashOrder = Literal["day first", "month first"] | None
"""The first number in a day written with slashes; None where the format has no slashes."""

LONGEST_CODE = 200

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T]00:00:00(?:\.0+)?)?")
_NAMED_DAY = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3,9})[ -](\d{4})")
_SLASHED_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_MONTH_NAMES = (
    "january february march april may june july august september october november december"
)
_MONTHS = _MONTH_NAMES.split()
_NUMBER = re.compile(r"(-?\d{1,12})(?:\.0+)?")
_DEGREES = re.compile(r"-?\d{1,3}(?:\.\d+)?")


def is_day(text: str) -> bool:
    """Return whether a text has the form of a day, with or without a midnight after it."""
    return _DAY.fullmatch(text) is not None


def read_day(cells: Cells, column: str, slashes: SlashOrder = None) -> date:
    """Read a day such as 2014-01-22, 2014-01-22 00:00:00.000, 22 January 2014 or 22-Jan-2014."""
    text = cells[column].strip()
    day = _parse_day(text, slashes)
    if day is None:
        reason = "this is not a day, such as 2014-01-22 or 2014-01-22 00:00:00.000"
        raise BadRow(column, text, reason)
    return day


def read_quantity(cells: Cells, column: str) -> int | None:
    """Return a non-negative quantity; None for an empty cell and for a negative number."""
    text = cells[column].strip()
    if not text:
        return None
    found = _NUMBER.fullmatch(text)
    if not found:
        raise BadRow(column, text, "this is not a whole number")
    return int(found[1]) if int(found[1]) >= 0 else None


def read_degrees(cells: Cells, column: str, most: int) -> float | None:
    """Return a longitude or latitude between -`most` and `most`; None for an empty cell."""
    text = cells[column].strip()
    if not text:
        return None
    if not _DEGREES.fullmatch(text) or abs(float(text)) > most:
        raise BadRow(column, text, f"this is not a number from -{most} to {most}")
    return float(text)


def read_point(
    cells: Cells, longitude: str = "longitude", latitude: str = "latitude"
) -> tuple[float, float] | None:
    """Return the longitude and latitude in these columns; None unless both are given."""
    east, north = read_degrees(cells, longitude, 180), read_degrees(cells, latitude, 90)
    return None if east is None or north is None else (east, north)


def split_list(text: str) -> list[str]:
    """Return the distinct parts of a semicolon-separated cell, in order."""
    return list(
        dict.fromkeys(part for piece in text.split(";") if (part := make_single_line(piece)))
    )


def read_codes(cells: Cells, schemes: Mapping[str, str], **known: str) -> dict[str, str]:
    """Return the codes of an event: those `known`, then the non-empty columns by scheme."""
    found = {**known, **{scheme: cells.get(column, "") for scheme, column in schemes.items()}}
    return {
        scheme: cut
        for scheme, code in found.items()
        if (cut := make_single_line(code, LONGEST_CODE))
    }


@lru_cache(maxsize=8192)
def _parse_day(text: str, slashes: SlashOrder) -> date | None:
    """Return the day in a text; None for another form or a day that does not exist."""
    try:
        if found := _DAY.fullmatch(text):
            return date.fromisoformat(found[1])
        if found := _NAMED_DAY.fullmatch(text):
            return date(int(found[3]), _parse_month(found[2]), int(found[1]))
        if slashes and (found := _SLASHED_DAY.fullmatch(text)):
            first, second, year = (int(part) for part in found.groups())
            day, month = (first, second) if slashes == "day first" else (second, first)
            return date(year, month, day)
    except ValueError:
        pass
    return None


def _parse_month(name: str) -> int:
    """Return the number of a month by its name or first three letters; else raise ValueError."""
    lowered = name.lower()
    whole = next((month for month in _MONTHS if lowered in (month, month[:3])), lowered)
    return _MONTHS.index(whole) + 1
