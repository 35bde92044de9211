"""EDTF dates (ISO 8601-2, levels 0 and 1), and the range of days that each can mean.

A day is a proleptic Gregorian ordinal (`date.toordinal()`), so that days compare and subtract as
numbers. A season (21 to 24) belongs to neither hemisphere: its days are those of its year. A time
of day keeps the calendar day as written, whatever its offset, because that is the day on which the
source dates the event.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from app.values.date_hints import describe_calendar_fault, describe_syntax_fault, suggest_edtf

OPEN_START = 0
OPEN_END = 9_999_999

_FINE_TO_COARSE = ("time", "day", "month", "season", "year", "decade", "century")
_LONGEST = 60

_YEAR = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})"
_MONTH = "(?:0[1-9]|1[0-2])"
_MONTH_DAY = (
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9]))"
)
_DATE = (
    f"(?:{_YEAR}(?:-(?:{_MONTH_DAY}|{_MONTH}(?:-XX)?|XX(?:-XX)?|2[1-4]))?"
    "|[0-9]{3}X|[0-9]{2}XX)[~?%]?"
)
_HOUR = "(?:[01][0-9]|2[0-3])"
_DATE_TIME = f"{_YEAR}-{_MONTH_DAY}T{_HOUR}:[0-5][0-9]:[0-5][0-9](?:Z|[+-]{_HOUR}(?::[0-5][0-9])?)"

EDTF_PATTERN = rf"^(?:{_DATE}|{_DATE_TIME}|{_DATE}/(?:{_DATE}|\.\.)?|(?:\.\.)?/{_DATE})$"
"""Everything that `parse_date` accepts, and also 29 February of common years and backward
intervals.
"""

_EDTF = re.compile(EDTF_PATTERN)
_DAY = re.compile(f"{_YEAR}-{_MONTH_DAY}")


@dataclass(frozen=True, slots=True)
class EventDate:
    """A date as its source gave it, with the first and the last day that it can mean.

    `precision` is one of time, day, month, season, year, decade, century; for an interval it is
    that of the coarser end.
    """

    text: str
    earliest_day: int
    latest_day: int
    precision: str
    approximate: bool
    uncertain: bool

    @property
    def earliest_on(self) -> date | None:
        """The first possible day; None if the start is open or unknown."""
        return None if self.earliest_day == OPEN_START else date.fromordinal(self.earliest_day)

    @property
    def latest_on(self) -> date | None:
        """The last possible day; None if the end is open or unknown."""
        return None if self.latest_day == OPEN_END else date.fromordinal(self.latest_day)

    @property
    def certain(self) -> bool:
        """True if the date is neither approximate nor uncertain and both ends are known."""
        bounded = self.earliest_day != OPEN_START and self.latest_day != OPEN_END
        return bounded and not self.approximate and not self.uncertain


@lru_cache(maxsize=65_536)
def parse_date(text: str) -> EventDate:
    """Parse an EDTF date; raise ValueError with the fault and the nearest valid form."""
    if len(text) > _LONGEST:
        raise ValueError(f"a date has at most {_LONGEST} characters, and this has {len(text)}")
    if not _EDTF.fullmatch(text):
        raise ValueError(
            describe_calendar_fault(text) or describe_syntax_fault(text) + _suggest_date(text)
        )
    return _parse_edtf(text)


@lru_cache(maxsize=65_536)
def parse_day(text: str) -> int:
    """Return the ordinal of a plain day, YYYY-MM-DD; raise ValueError for anything else."""
    fault = describe_calendar_fault(text)
    if fault is None and not _DAY.fullmatch(text):
        form = suggest_edtf(text) or ""
        meant = f"; did you mean {form}?" if _DAY.fullmatch(form) else ""
        fault = f"{text[:_LONGEST]!r} is not a day written YYYY-MM-DD{meant}"
    if fault:
        raise ValueError(fault)
    return date.fromisoformat(text).toordinal()


def format_day(number: int) -> str | None:
    """Return an ordinal as YYYY-MM-DD; None for `OPEN_START` and `OPEN_END`."""
    return None if number in (OPEN_START, OPEN_END) else date.fromordinal(number).isoformat()


def _parse_edtf(text: str) -> EventDate:
    fault = describe_calendar_fault(text)
    if fault:
        raise ValueError(fault)
    start, slash, end = text.partition("/")
    return (
        _make_interval(text, _parse_end(start), _parse_end(end)) if slash else _parse_single(text)
    )


def _parse_end(end: str) -> EventDate | None:
    return None if end in ("", "..") else _parse_single(end)


def _make_interval(text: str, start: EventDate | None, end: EventDate | None) -> EventDate:
    if start and end and end.latest_day < start.earliest_day:
        backwards = f"the interval {text} ends before it starts"
        raise ValueError(f"{backwards}; did you mean {end.text}/{start.text}?")
    ends = [known for known in (start, end) if known]
    return EventDate(
        text,
        start.earliest_day if start else OPEN_START,
        end.latest_day if end else OPEN_END,
        max((known.precision for known in ends), key=_FINE_TO_COARSE.index),
        any(known.approximate for known in ends),
        any(known.uncertain for known in ends),
    )


def _parse_single(text: str) -> EventDate:
    body, mark = (text[:-1], text[-1]) if text[-1] in "~?%" else (text, "")
    first, last, precision = _compute_bounds(body)
    return EventDate(
        text, first.toordinal(), last.toordinal(), precision, mark in ("~", "%"), mark in ("?", "%")
    )


def _compute_bounds(body: str) -> tuple[date, date, str]:
    """Return the first day, the last day and the precision of a date without its mark."""
    if "T" in body:
        written = date.fromisoformat(body[:10])
        return written, written, "time"
    year, *finer = (part for part in body.split("-") if part != "XX")
    if "X" in year:
        first = max(int(year.replace("X", "0")), 1)
        precision = "century" if year.endswith("XX") else "decade"
        return date(first, 1, 1), date(int(year.replace("X", "9")), 12, 31), precision
    match [int(year), *map(int, finer)]:
        case [y, m, d]:
            return date(y, m, d), date(y, m, d), "day"
        case [y, m] if m <= 12:
            return date(y, m, 1), date(y, m, monthrange(y, m)[1]), "month"
        case [y, *season]:
            return date(y, 1, 1), date(y, 12, 31), "season" if season else "year"
    raise AssertionError(body)


def _suggest_date(text: str) -> str:
    form = suggest_edtf(text)
    if form is None or not _EDTF.fullmatch(form):
        return ""
    try:
        _parse_edtf(form)
    except ValueError:
        return ""
    return f"; did you mean {form}?"
