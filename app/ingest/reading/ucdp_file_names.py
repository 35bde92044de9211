"""UCDP's file names: version, whole release or not, and coverage."""

import re
from calendar import monthrange
from datetime import date

from app.ingest.coverage import Coverage, FileFacts, RowSpan, compute_year_bounds
from app.vocab.countries import get_countries

_VERSION = re.compile(
    r"ged(?:event)?_?v?(\d{2})[._]?(\d{1,2})(?:[._](\d{1,2}))?(?!\d)", re.IGNORECASE
)
_END = r"(?:[_-]csv)?(?: ?\(\d+\))?(?:\.(?:csv|txt|zip|gz))*"
"""The end of a name, also of a browser's second copy: `ged231-csv (1).zip`."""

_RELEASE = re.compile(rf"ged(?:event)?[_-]?v?(\d{{2}})[._]?[1-9]{_END}", re.IGNORECASE)
_MONTH = re.compile(
    rf"ged(?:event)?[_-]?v?(?P<year>\d{{2}})[._]0[._](?P<month>\d{{1,2}}){_END}", re.IGNORECASE
)
_MONTHS = re.compile(
    rf"ged(?:event)?[_-]?v?(?P<year>\d{{2}})[._](?P<first>\d{{2}})[._](?P=year)"
    rf"[._](?P<month>\d{{2}}){_END}",
    re.IGNORECASE,
)
_OF_COUNTRY = re.compile(rf"conflict_data_([a-z]{{3}}){_END}", re.IGNORECASE)
"""The file names of HDX."""

FIRST_YEAR = 1989


def parse_file_version(file_name: str) -> str | None:
    """Return the version in a file name: 23.1 for GEDEvent_v23_1.csv and ged231-csv.zip."""
    found = _VERSION.search(file_name)
    return ".".join(part for part in found.groups() if part) if found else None


def get_release_year(version: str) -> str:
    """Return the year of publication, with which UCDP's version numbers begin."""
    return f"20{version[:2]}"


def is_release(file_name: str) -> bool:
    """Return whether a file name is that of a yearly release, and not of a part or sample."""
    return _RELEASE.fullmatch(file_name) is not None


def parse_file_coverage(file: FileFacts) -> Coverage | None:
    """Return a release's years, a candidate's months, or HDX's country on the days of its rows."""
    return next((found for name in file.names if (found := _parse_coverage(name, file.span))), None)


def _parse_coverage(name: str, span: RowSpan) -> Coverage | None:
    if found := _RELEASE.fullmatch(name):
        return Coverage(*compute_year_bounds(FIRST_YEAR, 2000 + int(found[1]) - 1))
    if found := _MONTH.fullmatch(name) or _MONTHS.fullmatch(name):
        year, last = 2000 + int(found["year"]), int(found["month"])
        first = int(found.groupdict().get("first", last))
        if 1 <= first <= last <= 12:
            ends = date(year, last, monthrange(year, last)[1])
            return Coverage(date(year, first, 1).toordinal(), ends.toordinal())
    if (found := _OF_COUNTRY.fullmatch(name)) and (iso3 := found[1].upper()) in get_countries():
        return Coverage(span.first_day, span.last_day, frozenset({iso3}))
    return None
