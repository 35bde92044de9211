"""Timestamps: RFC 3339 text, and microseconds since 1970-01-01T00:00:00Z."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?"
    r"(?:([Zz])|([+-](?:[01][0-9]|2[0-3]):[0-5][0-9]))?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = 60


def parse_timestamp(text: str) -> int:
    """Return microseconds since the epoch of an RFC 3339 timestamp; drop finer digits.

    Raise ValueError if it is not one, lacks its offset, or lies outside the years 1 to 9999 of UTC.
    Leap seconds are not kept.
    """
    found = _TIMESTAMP.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise ValueError(
            f"{text[:_LONGEST]!r} is not an instant, such as 2024-06-18T10:00:00Z"
            " or 2024-06-18T19:00:00+09:00" + _suggest_timestamp(text)
        )
    day, time, fraction, utc, offset = found.groups()
    if not (utc or offset):
        raise ValueError(f"the instant {text} lacks its offset; did you mean {text}Z?")
    micros = (fraction or "")[:6].ljust(6, "0")
    try:
        moment = datetime.fromisoformat(f"{day}T{time}.{micros}{offset or '+00:00'}")
    except ValueError as error:
        raise ValueError(f"{text} is not an instant: {error}") from None
    since_epoch = (moment - _EPOCH) // _MICROSECOND
    _check_year(since_epoch)
    return since_epoch


@lru_cache(maxsize=1024)
def format_timestamp(micros: int) -> str:
    """Return YYYY-MM-DDTHH:MM:SS.ffffffZ; raise ValueError outside the years 1 to 9999."""
    _check_year(micros)
    moment = _EPOCH + timedelta(microseconds=micros)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


_FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


def _check_year(micros: int) -> None:
    if not _FIRST <= micros <= _LAST:
        raise ValueError("an instant lies in the years 0001 to 9999 of UTC")


def _suggest_timestamp(text: str) -> str:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return f"; did you mean {text}T00:00:00Z?"
    if re.search(r":[0-9.]+ [0-9]{2}:[0-9]{2}$", text):
        return "; in a URL the + of an offset is written %2B"
    return ""
