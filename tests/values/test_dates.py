"""EDTF dates: meanings, refusals with reasons, and the `edtf` package as the oracle."""

import re
from datetime import date
from typing import Any

import pytest
from edtf import parse_edtf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.values.dates import (
    EDTF_PATTERN,
    OPEN_END,
    OPEN_START,
    format_day,
    parse_date,
    parse_day,
)


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("2024-06-18", "2024-06-18", "2024-06-18", "day"),
        ("2024-02-29", "2024-02-29", "2024-02-29", "day"),
        ("2024-06", "2024-06-01", "2024-06-30", "month"),
        ("2024-02", "2024-02-01", "2024-02-29", "month"),
        ("2024", "2024-01-01", "2024-12-31", "year"),
        ("0001", "0001-01-01", "0001-12-31", "year"),
        ("9999-12-31", "9999-12-31", "9999-12-31", "day"),
        ("201X", "2010-01-01", "2019-12-31", "decade"),
        ("20XX", "2000-01-01", "2099-12-31", "century"),
        ("000X", "0001-01-01", "0009-12-31", "decade"),
        ("2004-XX", "2004-01-01", "2004-12-31", "year"),
        ("1985-04-XX", "1985-04-01", "1985-04-30", "month"),
        ("1985-XX-XX", "1985-01-01", "1985-12-31", "year"),
        ("2024-21", "2024-01-01", "2024-12-31", "season"),
        ("2024-24", "2024-01-01", "2024-12-31", "season"),
        ("2024-06-18T10:00:00Z", "2024-06-18", "2024-06-18", "time"),
        ("2024-06-18T01:00:00+09:00", "2024-06-18", "2024-06-18", "time"),
        ("2024-06-18T23:00:00-04", "2024-06-18", "2024-06-18", "time"),
        ("2024-06-18/2024-06-19", "2024-06-18", "2024-06-19", "day"),
        ("2024-06-18/2024-07", "2024-06-18", "2024-07-31", "month"),
        ("2024-06/2024-06-18", "2024-06-01", "2024-06-18", "month"),
        ("201X/2024-06-18", "2010-01-01", "2024-06-18", "decade"),
        ("2004-XX/2005", "2004-01-01", "2005-12-31", "year"),
        ("2024-03/", "2024-03-01", None, "month"),
        ("2024-03/..", "2024-03-01", None, "month"),
        ("/2024-03", None, "2024-03-31", "month"),
        ("../2024", None, "2024-12-31", "year"),
    ],
)
def test_a_date_means_these_days(
    text: str, earliest: str | None, latest: str | None, precision: str
) -> None:
    read = parse_date(text)
    assert (read.text, read.precision) == (text, precision)
    assert (format_day(read.earliest_day), format_day(read.latest_day)) == (earliest, latest)
    assert read.earliest_on == (date.fromisoformat(earliest) if earliest else None)
    assert read.latest_on == (date.fromisoformat(latest) if latest else None)


@pytest.mark.parametrize(
    ("text", "approximate", "uncertain", "certain"),
    [
        ("2024-06-18", False, False, True),
        ("2024~", True, False, False),
        ("2024-06?", False, True, False),
        ("2024-06-18%", True, True, False),
        ("201X~", True, False, False),
        ("2024-21?", False, True, False),
        ("2024~/2025?", True, True, False),
        ("2024/2025", False, False, True),
        ("2024/..", False, False, False),
        ("/2024", False, False, False),
    ],
)
def test_marks_and_open_ends_make_a_date_less_than_certain(
    text: str, approximate: bool, uncertain: bool, certain: bool
) -> None:
    read = parse_date(text)
    assert (read.approximate, read.uncertain, read.certain) == (approximate, uncertain, certain)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2024-6-18", "did you mean 2024-06-18?"),
        ("2024/06/18", "did you mean 2024-06-18?"),
        ("18.06.2024", "did you mean 2024-06-18?"),
        ("20240618", "did you mean 2024-06-18?"),
        ("18 June 2024", "did you mean 2024-06-18?"),
        ("June 18, 2024", "did you mean 2024-06-18?"),
        ("May 2024", "did you mean 2024-05?"),
        ("2024-06-18\n", "did you mean 2024-06-18?"),
        ("circa 2023", "did you mean 2023~?"),
        ("~2023", "did you mean 2023~?"),
        ("2023?~", "did you mean 2023%?"),
        ("2010s", "did you mean 201X?"),
        ("199x", "did you mean 199X?"),
        ("201X-05", "did you mean 201X?"),
        ("2004-XX-12", "did you mean 2004-XX?"),
        ("2024-06-18/19", "did you mean 2024-06-18/2024-06-19?"),
        ("2024-06/07", "did you mean 2024-06/2024-07?"),
        ("2024-06-18 – 2024-06-19", "did you mean 2024-06-18/2024-06-19?"),
        ("2024-03/present", "did you mean 2024-03/..?"),
        ("2024-06-18T10:00:00", "needs seconds and an offset"),
        ("2024-06-18 10:00", "did you mean 2024-06-18T10:00:00Z?"),
        ("2024-06-18T10:00:00+0900", "did you mean 2024-06-18T10:00:00+09:00?"),
        ("2024-06-18T10:00:00Z/2024-06-19", "an interval runs between days"),
        ("2024-02-30", "February 2024 has 29 days"),
        ("2023-02-29", "February 2023 has 28 days"),
        ("2024/2024-06-31", "June 2024 has 30 days"),
        ("2024-06-00", "did you mean 2024-06?"),
        ("2024-13", "there is no month 13"),
        ("2024-13-01", "there is no month 13"),
        ("0000", "0001 to 9999"),
        ("0000-01-01", "0001 to 9999"),
        ("-0044", "0001 to 9999"),
        ("Y17000", "0001 to 9999"),
        ("2024-06/2024-05", "ends before it starts; did you mean 2024-05/2024-06?"),
        ("../..", "at least one end that is known"),
        ("/", "at least one end that is known"),
        ("yesterday", "is not an EDTF date"),
        ("", "is not an EDTF date"),
        ("２０２４", "is not an EDTF date"),
        ("2" * 1_000_000, "at most 60 characters"),
    ],
)
def test_what_is_no_date_is_refused_with_the_nearest_form(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_date(text)


def refusal(text: str) -> str | None:
    try:
        parse_date(text)
    except ValueError as error:
        return str(error)
    return None


@given(st.text(alphabet="0123456789-/.X~?%TZ:+ ,Maysept", max_size=30))
def test_only_what_fits_the_published_pattern_is_read(text: str) -> None:
    assert refusal(text) or re.search(EDTF_PATTERN, text)


@given(st.from_regex(EDTF_PATTERN.replace("$", r"\Z"), alphabet=st.characters(max_codepoint=127)))
def test_what_fits_the_published_pattern_is_read(text: str) -> None:
    known_beyond_it = r"February \d{4} has 28 days|.* ends before it starts"
    assert refusal(text) is None or re.match(known_beyond_it, str(refusal(text)))
    assert refusal(text) or parse_date(text).earliest_day <= parse_date(text).latest_day


# Where the oracle is wrong, or answers another question than ours:
#   2024-03/ and /2024-03: an unknown end is taken as ten years away; we have no end.
#   2004-XX/2005: a masked month or day in an interval raises AttributeError.
#   2023-02-29, 2024-06/2024-05, 2024-06-18T10:00:00 without an offset: accepted.
#   2024-06%: neither approximate nor uncertain, but a third thing; for us it is both.
#   2024-21~: a marked season is refused.
#   2024-21: the northern spring, and winter is December alone; for us, its year.
#   0000 and 000X: there is a year 0; our years begin with 0001.
_YEARS = st.integers(1000, 9999).map("{:04}".format)
_MONTHS = st.builds("{}-{:02}".format, _YEARS, st.integers(1, 12))
_DAYS = st.dates(date(1000, 1, 1), date(9999, 12, 31)).map(date.isoformat)
_PLAIN = st.one_of(_YEARS, _MONTHS, _DAYS)
_MARKED = st.builds("{}{}".format, _PLAIN, st.sampled_from(["", "~", "?"]))
_MASKED = st.one_of(
    _YEARS.map(lambda year: year[:3] + "X"),
    _YEARS.map(lambda year: year[:2] + "XX"),
    _YEARS.map("{}-XX".format),
    _YEARS.map("{}-XX-XX".format),
    _MONTHS.map("{}-XX".format),
)
_TIMES = st.builds("{}T10:00:00{}".format, _DAYS, st.sampled_from(["Z", "+09:00", "-04:00"]))
_INTERVALS = st.one_of(
    st.builds("{}/{}".format, _MARKED, _MARKED),
    st.builds("{}/..".format, _MARKED),
    st.builds("../{}".format, _MARKED),
)


@settings(max_examples=100, deadline=None)
@given(st.one_of(_MARKED, _MASKED, _TIMES, _INTERVALS))
def test_the_oracle_agrees(text: str) -> None:
    oracle = parse_edtf(text)
    first, last = _oracle_day(oracle.lower_strict()), _oracle_day(oracle.upper_strict())
    assume(first <= last)
    read = parse_date(text)
    assert (read.earliest_day, read.latest_day) == (first, last)
    assert read.approximate == bool(oracle.is_approximate)
    assert read.uncertain == bool(oracle.is_uncertain)


def _oracle_day(bound: Any) -> int:
    if isinstance(bound, float):
        return OPEN_START if bound < 0 else OPEN_END
    return date(*bound[:3]).toordinal()


@given(st.dates())
def test_a_day_and_its_number_are_the_same(day: date) -> None:
    assert parse_day(day.isoformat()) == day.toordinal() == parse_date(str(day)).earliest_day
    assert format_day(day.toordinal()) == day.isoformat()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2024-06", "'2024-06' is not a day written YYYY-MM-DD"),
        ("2024-6-8", "did you mean 2024-06-08?"),
        ("20240618", "did you mean 2024-06-18?"),
        ("2024-W25-2", "not a day"),
        ("2023-02-29", "February 2023 has 28 days"),
        ("0000-01-01", "0001 to 9999"),
        ("2024-06-18?", "not a day"),
        ("", "not a day"),
    ],
)
def test_only_a_plain_day_has_a_number(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_day(text)


@pytest.mark.parametrize("sentinel", [OPEN_START, OPEN_END])
def test_an_open_end_is_no_day(sentinel: int) -> None:
    assert format_day(sentinel) is None
