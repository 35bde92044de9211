"""Timestamps: RFC 3339 in, microseconds, RFC 3339 out."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.values.timestamps import format_timestamp, parse_timestamp


@pytest.mark.parametrize(
    ("text", "in_utc"),
    [
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"),
        ("2024-06-18T10:00:00+09:00", "2024-06-18T01:00:00.000000Z"),
        ("2024-06-18T22:30:00.5-04:30", "2024-06-19T03:00:00.500000Z"),
        ("2024-06-18t10:00:00z", "2024-06-18T10:00:00.000000Z"),
        ("2024-06-18T10:00:00.123456789Z", "2024-06-18T10:00:00.123456Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_an_instant_is_kept_in_utc(text: str, in_utc: str) -> None:
    assert format_timestamp(parse_timestamp(text)) == in_utc


@given(st.datetimes(timezones=st.just(UTC)))
def test_text_and_microseconds_are_the_same(moment: datetime) -> None:
    text = moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    assert format_timestamp(parse_timestamp(text)) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2024-06-18T10:00:00", "lacks its offset; did you mean 2024-06-18T10:00:00Z?"),
        ("2024-06-18", "did you mean 2024-06-18T00:00:00Z?"),
        ("2024-06-18T10:00:00 09:00", "the + of an offset is written %2B"),
        ("2024-06-18T10:00Z", "is not an instant, such as"),
        ("2024-02-30T10:00:00Z", "is not an instant: day is out of range"),
        ("2024-06-18T25:00:00Z", "is not an instant: hour must be in 0..23"),
        ("2024-06-18T23:59:60Z", "is not an instant: second must be in 0..59"),
        ("2024-06-18T10:00:00+0900", "is not an instant, such as"),
        ("2024-06-18T10:00:00Z\n", "is not an instant, such as"),
        ("0001-01-01T00:00:00+01:00", "0001 to 9999 of UTC"),
        ("9999-12-31T23:59:59-01:00", "0001 to 9999 of UTC"),
        ("now", "is not an instant, such as"),
        ("", "is not an instant, such as"),
        ("2" * 1_000_000, "is not an instant, such as"),
    ],
)
def test_what_is_no_instant_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_timestamp(text)


@pytest.mark.parametrize("micros", [-(10**18), 10**18])
def test_an_instant_outside_the_calendar_has_no_text(micros: int) -> None:
    with pytest.raises(ValueError, match="0001 to 9999"):
        format_timestamp(micros)
