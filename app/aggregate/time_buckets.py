"""Buckets of time: numbers that count up without a gap, and their text."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement

from app.db.sql.date_sql import month_number

WEEK = 7


@dataclass(frozen=True)
class TimeBucket:
    """One width of bucket: the number of the one that holds a day, and its text.

    Days are ordinals; 1 January of the year 1, a Monday, is 1.
    """

    name: str
    compute_number: Callable[[int], int]
    format_number: Callable[[int], str]
    select_number: Callable[[ColumnElement[Any]], ColumnElement[Any]]


def _compute_month(day: int) -> int:
    held = date.fromordinal(day)
    return held.year * 12 + held.month - 1


def _format_week(number: int) -> str:
    year, week, _ = date.fromordinal(number * WEEK + 1).isocalendar()
    return f"{year:04}-W{week:02}"


_BUCKETS = (
    TimeBucket(
        "day",
        compute_number=lambda day: day,
        format_number=lambda number: date.fromordinal(number).isoformat(),
        select_number=lambda day: day,
    ),
    TimeBucket(
        "week",
        compute_number=lambda day: (day - 1) // WEEK,
        format_number=_format_week,
        select_number=lambda day: (day - 1) // WEEK,
    ),
    TimeBucket(
        "month",
        compute_number=_compute_month,
        format_number=lambda number: f"{number // 12:04}-{number % 12 + 1:02}",
        select_number=month_number,
    ),
    TimeBucket(
        "quarter",
        compute_number=lambda day: _compute_month(day) // 3,
        format_number=lambda number: f"{number // 4:04}-Q{number % 4 + 1}",
        select_number=lambda day: month_number(day) // 3,
    ),
    TimeBucket(
        "year",
        compute_number=lambda day: _compute_month(day) // 12,
        format_number=lambda number: f"{number:04}",
        select_number=lambda day: month_number(day) // 12,
    ),
)
BUCKETS = {bucket.name: bucket for bucket in _BUCKETS}
"""By name; a week is the ISO week, named by the year that has most of its days."""
