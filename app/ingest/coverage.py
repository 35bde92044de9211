"""The part of a dataset that a file covers: only records wholly inside can be missing from it."""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.record.content import EventContent
from app.values.dates import OPEN_END, OPEN_START, format_day, parse_date

ActorInRole = tuple[str, str]
"""A role and the actor in it."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """All records of a period; optionally of some countries or with some participants only."""

    first_day: int
    last_day: int
    countries: frozenset[str] | None = None
    parties: frozenset[ActorInRole] = frozenset()

    def contains(self, event: EventContent) -> bool:
        """Return whether an event lies wholly inside, including all dates in its details."""
        when = parse_date(event["date"])
        details = event["details"] or {}
        days = [
            (when.earliest_day, when.latest_day),
            *(compute_year_bounds(year, year) for year in details.get("delivery_years") or ()),
        ]
        if not all(self.first_day <= first and last <= self.last_day for first, last in days):
            return False
        if not self.parties <= _list_parties(event):
            return False
        return self.countries is None or bool(self.countries & _list_countries(event))

    def narrow(self, countries: frozenset[str] | None) -> "Coverage":
        """Return the part of the coverage in these countries."""
        if countries is None or self.countries is None:
            return replace(self, countries=self.countries if countries is None else countries)
        return replace(self, countries=self.countries & countries)

    def is_within(self, other: "Coverage") -> bool:
        """Return whether another coverage includes all of this period without restriction."""
        is_whole = other.countries is None and not other.parties
        return is_whole and other.first_day <= self.first_day and self.last_day <= other.last_day

    def to_document(self) -> dict[str, Any]:
        """Return the coverage as the API shows it."""
        return {
            "period": f"{format_day(self.first_day) or '..'}/{format_day(self.last_day) or '..'}",
            "countries": None if self.countries is None else sorted(self.countries),
        }


@dataclass(frozen=True, slots=True)
class RowSpan:
    """The extent of a file's rows: their days, countries, and the participants of every row."""

    first_day: int = OPEN_END
    last_day: int = OPEN_START
    countries: frozenset[str | None] = frozenset()
    parties: frozenset[ActorInRole] | None = None

    def with_event(self, event: EventContent) -> "RowSpan":
        """Return the span extended by one event."""
        when = parse_date(event["date"])
        country = event["location"]["country"] if event["location"] else None
        parties = _list_parties(event)
        if self.parties is not None:
            parties = self.parties if self.parties <= parties else self.parties & parties
        is_inside = self.first_day <= when.earliest_day and when.latest_day <= self.last_day
        if is_inside and country in self.countries and parties == self.parties:
            return self
        return RowSpan(
            min(self.first_day, when.earliest_day),
            max(self.last_day, when.latest_day),
            self.countries | {country},
            parties,
        )


EMPTY_SPAN = RowSpan()
"""The span of no rows."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The facts that a file gives about itself: its names, its first bytes, and its rows' span."""

    names: tuple[str, ...]
    head: bytes
    span: RowSpan


def parse_period(text: str) -> Coverage:
    """Parse an EDTF date or interval into a coverage; raise ValueError if it is no period."""
    when = parse_date(text)
    if when.approximate or when.uncertain:
        raise ValueError("the period of a file can be neither approximate nor uncertain")
    return Coverage(when.earliest_day, when.latest_day)


def compute_year_bounds(first: int, last: int) -> tuple[int, int]:
    """Return the first day of one year and the last day of another."""
    return date(first, 1, 1).toordinal(), date(last, 12, 31).toordinal()


def find_year_in_name(file: FileFacts, pattern: re.Pattern[str]) -> Coverage | None:
    """Return the coverage of the year in a file name, up to the day (20180601) after it, if any."""
    found = next((match for name in file.names if (match := pattern.fullmatch(name))), None)
    if found is None or int(found[1]) == 0:
        return None
    first, last = compute_year_bounds(int(found[1]), int(found[1]))
    made = found[2] if pattern.groups > 1 else None
    with suppress(ValueError):
        last = min(last, date.fromisoformat(made).toordinal()) if made else last
    return Coverage(first, last)


def _list_parties(event: EventContent) -> frozenset[ActorInRole]:
    return frozenset(
        (participant["role"], participant["actor"]) for participant in event["participants"]
    )


def _list_countries(event: EventContent) -> set[str | None]:
    """Return the event's country; for an arms transfer, which has no place, both sides."""
    if event["type"] == "arms-transfer":
        return {participant["actor"] for participant in event["participants"]}
    return {event["location"]["country"]} if event["location"] else set()
