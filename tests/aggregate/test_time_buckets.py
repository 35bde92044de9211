"""Buckets of time: without gaps, and named as ISO 8601 names them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from app.aggregate.time_buckets import BUCKETS, TimeBucket


@pytest.mark.parametrize(
    ("bucket", "day", "text"),
    [
        ("day", "2024-02-29", "2024-02-29"),
        ("week", "2024-12-30", "2025-W01"),
        ("week", "2021-01-03", "2020-W53"),
        ("week", "0001-01-01", "0001-W01"),
        ("month", "0987-10-31", "0987-10"),
        ("quarter", "2024-03-31", "2024-Q1"),
        ("quarter", "2024-10-01", "2024-Q4"),
        ("year", "0079-08-24", "0079"),
    ],
)
def test_a_bucket_is_named(bucket: str, day: str, text: str) -> None:
    number = BUCKETS[bucket].compute_number(date.fromisoformat(day).toordinal())
    assert BUCKETS[bucket].format_number(number) == text


@pytest.mark.parametrize("bucket", BUCKETS.values(), ids=BUCKETS)
def test_numbers_count_up_with_the_days(bucket: TimeBucket) -> None:
    start = date(1999, 12, 1).toordinal()
    numbers = [bucket.compute_number(start + day) for day in range(1500)]
    assert all(0 <= later - sooner <= 1 for sooner, later in pairwise(numbers))


@pytest.mark.parametrize("bucket", BUCKETS.values(), ids=BUCKETS)
def test_each_bucket_has_a_text_of_its_own(bucket: TimeBucket) -> None:
    first = bucket.compute_number(date(1995, 1, 1).toordinal())
    last = bucket.compute_number((date(1995, 1, 1) + timedelta(4000)).toordinal())
    texts = [bucket.format_number(number) for number in range(first, last + 1)]
    assert texts == sorted(set(texts))
