"""Cells read as what they hold; BadRow names the column, the value and what it should be."""

import re
from collections.abc import Mapping
from datetime import date

from app.ingest.format import BadRow

Cells = Mapping[str, str]

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T]00:00:00(?:\.0+)?)?")
_NUMBER = re.compile(r"(-?\d{1,12})(?:\.0+)?")
_DEGREES = re.compile(r"-?\d{1,3}(?:\.\d+)?")


def is_day(text: str) -> bool:
    """Whether a text has the form of a day, with or without a midnight behind it."""
    return _DAY.fullmatch(text) is not None


def read_day(cells: Cells, column: str) -> date:
    """A day written 2014-01-22 or 2014-01-22 00:00:00.000."""
    text = cells[column].strip()
    found = _DAY.fullmatch(text)
    try:
        if found:
            return date.fromisoformat(found[1])
    except ValueError:
        pass
    raise BadRow(column, text, "this is not a day, such as 2014-01-22 or 2014-01-22 00:00:00.000")


def read_count(cells: Cells, column: str) -> int | None:
    """A number of things; nothing and negative numbers are unknown."""
    text = cells[column].strip()
    if not text:
        return None
    found = _NUMBER.fullmatch(text)
    if not found:
        raise BadRow(column, text, "this is not a whole number")
    return int(found[1]) if int(found[1]) >= 0 else None


def read_degrees(cells: Cells, column: str, most: int) -> float | None:
    """A longitude or latitude between -`most` and `most`; None where there is none."""
    text = cells[column].strip()
    if not text:
        return None
    if not _DEGREES.fullmatch(text) or abs(float(text)) > most:
        raise BadRow(column, text, f"this is not a number from -{most} to {most}")
    return float(text)
