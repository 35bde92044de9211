"""Explanations of dates that are not EDTF, and the EDTF that their writer most likely meant."""

import re
from calendar import month_name, monthrange
from functools import partial

_CALENDAR = re.compile(r"(?<![0-9-])([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?(?![0-9])")
_OUTSIDE = re.compile(r"Y-?[0-9]|-[0-9]{4}|(?![0-9]{8}$)[0-9]{5}|(?:.*/)?0000(?![0-9])")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?")

_MONTHS = {name.casefold(): number for number, name in enumerate(month_name) if name}
_MONTH = (
    "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)

_NAMED_MONTHS = (
    (re.compile(rf"([0-9]{{1,2}}) {_MONTH},? ([0-9]{{4}})", re.I), (3, 2, 1)),
    (re.compile(rf"{_MONTH} ([0-9]{{1,2}}),? ([0-9]{{4}})", re.I), (3, 1, 2)),
    (re.compile(rf"{_MONTH},? ([0-9]{{4}})", re.I), (2, 1)),
)

_REWRITES = tuple(
    (re.compile(pattern, re.I), replacement)
    for pattern, replacement in (
        (r"^\s+|\s+$", ""),
        (r"\s*[–—]\s*|\s+-\s+|\s+to\s+|\s+/\s*|/\s+", "/"),
        (r"^([0-9]{4})[./]([0-9]{1,2})[./]([0-9]{1,2})$", r"\1-\2-\3"),
        (r"^([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})$", r"\3-\2-\1"),
        (r"^([0-9]{4})([0-9]{2})([0-9]{2})$", r"\1-\2-\3"),
        (r"-([0-9])(?![0-9])", r"-0\1"),
        (r"\b([0-9]{3})0s\b", r"\1X"),
        (r"\b([0-9]{2})[xu]{2}\b", r"\1XX"),
        (r"\b([0-9]{3})[xu]\b", r"\1X"),
        (r"-(?:xx|uu)\b", "-XX"),
        (r"\b([0-9]{3}X|[0-9]{2}XX)(?:-[0-9X]{2})+", r"\1"),
        (r"\b([0-9]{4})-XX-[0-9]{2}\b", r"\1-XX"),
        (r"^(?:c\.|ca\.?|circa|about|around|~)\s*([0-9X-]+)$", r"\1~"),
        (r"^\?([0-9X-]+)$", r"\1?"),
        (r"(?:\?~|~\?)$", "%"),
        (r"/(?:now|present|ongoing|open)$", "/.."),
        (r"/unknown$", "/"),
        (r"^unknown/", "/"),
        (r"^open/", "../"),
        (r"^([0-9]{4}-[0-9]{2})-([0-9]{2})/([0-9]{2})$", r"\1-\2/\1-\3"),
        (r"^([0-9]{4})-([0-9]{2})/([0-9]{2})$", r"\1-\2/\1-\3"),
        (r"([0-9]{2})[T ]([0-9]{2}:[0-9]{2})(?=$|Z|[+-])", r"\1T\2:00"),
        (r"([0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,][0-9]+)?", r"\1T\2"),
        (r"(T[0-9:]{8}) ?([+-][0-9]{2})([0-9]{2})$", r"\1\2:\3"),
        (r"(T[0-9:]{8}) ?(?:UTC|GMT|Z)?$", r"\1Z"),
    )
)


def describe_calendar_fault(text: str) -> str | None:
    """Return a sentence about the first impossible month or day, or None."""
    for year, month, day in _CALENDAR.findall(text):
        fault = _describe_fault(int(year), int(month), int(day) if day else None)
        if fault:
            return fault
    return None


def describe_syntax_fault(text: str) -> str:
    """Return the reason why `text` is not an EDTF date of level 0 or 1."""
    if text in ("/", "../..", "../", "/.."):
        return "an interval needs at least one end that is known"
    if _OUTSIDE.match(text):
        return f"{text!r} is outside the years that can be kept, 0001 to 9999"
    if _TIME.fullmatch(text):
        return f"the time of day in {text!r} needs seconds and an offset, Z or such as +09:00"
    if "/" in text and "T" in text:
        return f"an interval runs between days, months or years, not times of day: {text!r}"
    return f"{text!r} is not an EDTF date, such as 2024-06-18, 2024-06, 2024~ or 2024-06/2024-08"


def suggest_edtf(text: str) -> str | None:
    """Return `text` rewritten as in EDTF, which may still be no date; None if unchanged."""
    form = text
    for pattern, order in _NAMED_MONTHS:
        form = pattern.sub(partial(_write_month_number, order=order), form)
    for rewrite, replacement in _REWRITES:
        form = rewrite.sub(replacement, form)
    return None if form == text else form


def _describe_fault(year: int, month: int, day: int | None) -> str | None:
    if year == 0:
        return "there is no year 0000: years run from 0001 to 9999"
    if not 1 <= month <= 12:
        named = day is None and 21 <= month <= 24
        seasons = "" if day else ", seasons from 21 to 24"
        return None if named else f"there is no month {month:02}: months run from 01 to 12{seasons}"
    if day is None:
        return None
    days = monthrange(year, month)[1]
    if day == 0:
        return f"there is no day 00; did you mean {year:04}-{month:02}?"
    return f"{month_name[month]} {year:04} has {days} days" if day > days else None


def _write_month_number(found: re.Match[str], order: tuple[int, ...]) -> str:
    parts = [found[group] for group in order]
    number = next(n for name, n in _MONTHS.items() if name.startswith(parts[1].casefold()[:3]))
    parts[1] = f"{number:02}"
    return "-".join(part.zfill(2) for part in parts)
