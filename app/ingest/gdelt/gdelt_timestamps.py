"""Ids, days and timestamps in GDELT's notation: numbers of a fixed length, 20170101073000."""

import re
from datetime import date
from functools import lru_cache
from typing import NoReturn

from app.ingest.reading.import_format import BadRow

DAY_LENGTH, TIMESTAMP_LENGTH = 8, 14
LONGEST_ID = 18
ROUNDED_REASON = "a rounded number: the file went through a spreadsheet; take the original"

_ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)


def read_event_id(column: str, text: str) -> str:
    """Return the id of an event; raise BadRow."""
    if not (text.isdecimal() and text.isascii() and len(text) <= LONGEST_ID):
        _raise_bad_row(column, text, "the id is not a number" if text else "no id")
    return text


def read_gdelt_day(column: str, text: str) -> str:
    """Return a day written 20170101 as EDTF; raise BadRow."""
    return _parse_day(text, DAY_LENGTH) or _raise_bad_row(column, text, f"{_NOT_A_DAY} 20170101")


def read_timestamp_day(column: str, text: str) -> str:
    """Return the day of 20170101073000, or of a day, as EDTF; raise BadRow."""
    found = _parse_day(text, TIMESTAMP_LENGTH) or _parse_day(text, DAY_LENGTH)
    return found or _raise_bad_row(column, text, f"{_NOT_A_DAY} 20170101073000")


def is_gdelt_day(text: str) -> bool:
    """Return whether a text is a day in GDELT's notation."""
    return _parse_day(text, DAY_LENGTH) is not None


def is_gdelt_timestamp(text: str) -> bool:
    """Return whether a text is a timestamp in GDELT's notation."""
    return _parse_day(text, TIMESTAMP_LENGTH) is not None


def is_rounded(text: str) -> bool:
    """Return whether a spreadsheet rounded the text as a long number: 2.02E+13."""
    return _ROUNDED.fullmatch(text) is not None


_NOT_A_DAY = "this is not a day of the calendar, such as"


def _raise_bad_row(column: str, text: str, reason: str) -> NoReturn:
    raise BadRow(column, text, ROUNDED_REASON if is_rounded(text) else reason)


@lru_cache(maxsize=65_536)
def _parse_day(text: str, length: int) -> str | None:
    if len(text) != length or not (text.isdecimal() and text.isascii()):
        return None
    hour, minute, second = text[8:10] or "0", text[10:12] or "0", text[12:14] or "0"
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).isoformat()
    except ValueError:
        return None
