"""SIPRI's trade register: arms transfers since 1950, one row per deal.

Some lines about the download precede the header. Each of three numbers is followed by a column
without a name, `?` if the number is an estimate. A row has no id: its key is supplier, recipient,
weapon and year of order, and its index among equal ones. Text that is not UTF-8 is Latin-1.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Any

from app.errors import Invalid
from app.ingest.coverage import Coverage, FileFacts, compute_year_bounds
from app.ingest.reading.import_format import (
    ActorFacts,
    BadRow,
    DatasetFacts,
    FileContext,
    FileRow,
    ImportFormat,
    MappedEvent,
    RowWarning,
    SourceFacts,
)
from app.ingest.reading.tables import has_all_columns, make_source_row, read_header_names
from app.ingest.reading.text_lines import (
    LATIN_1,
    CsvRecord,
    RecordTooLong,
    TextLines,
    read_csv_records,
)
from app.ingest.report import RowFinding
from app.ingest.row_parsing.cell_parsing import read_codes, read_day, split_list
from app.ingest.row_parsing.name_parsing import (
    find_country_by_name,
    find_organization_by_name,
    make_actor_slug,
    make_single_line,
    make_state_actor,
)
from app.ingest.row_parsing.record_builders import (
    ActingParty,
    list_party_actors,
    make_affirming_claim,
    make_participants,
    make_plain_event,
)
from app.ingest.row_parsing.seen_ids import SimilarRows

NAMES = (
    *("Recipient", "Supplier", "Year of order", "", "Number ordered", "", "Weapon designation"),
    *("Weapon description", "Number delivered", "", "Year(s) of delivery", "status", "Comments"),
    *("SIPRI TIV per unit", "SIPRI TIV for total order", "SIPRI TIV of delivered weapons"),
)
FLAG_SUFFIX = " ?"
"""Suffix of the name given to a nameless column, after the name of its number."""

REQUIRED_COLUMNS = frozenset(name.lower() for name in NAMES if name)
KEY_COLUMNS = ("supplier", "recipient", "year of order", "weapon designation", "weapon description")
CODES = {"sipri-supplier": "supplier", "sipri-recipient": "recipient", "sipri-status": "status"}
CONDITIONS = {
    "new": "new",
    "second hand": "second-hand",
    "second-hand": "second-hand",
    "second hand but modernized": "second-hand-modernised",
    "modernized": "modernised",
    "licensed production": "licensed",
}
SUCCESSORS = {
    "Congo": "COG",
    "East Germany": "DEU",
    "East Germany (GDR)": "DEU",
    "South Vietnam": "VNM",
    "South Yemen": "YEM",
    "Yugoslavia": "SRB",
}
"""Names of countries that only SIPRI uses, and successors of former states."""

FORMER_STATES = frozenset({"Biafra", "Czechoslovakia", "Katanga"})
"""States without one successor."""

SIPRI = SourceFacts("sipri", "dataset", "Stockholm International Peace Research Institute (SIPRI)")
_CLAIM = make_affirming_claim(
    "coding", SIPRI.slug, "dataset-coding", "Listed in SIPRI's trade register"
)
PREAMBLE_LINES = 100
"""Lines searched for the header; today it is on the twelfth line."""

_NUMBER = re.compile(r"\(?(\d{1,12}(?:\.\d+)?)\)?(\?)?")
_YEAR = re.compile(r"\(?([12]\d{3})\)?(\?)?")
_BRACKETS = re.compile(r".+ \(([^()]+)\)")
_GENERATED = re.compile(
    r"\b(?:generated|downloaded|retrieved|accessed|exported)\b[^\d]{0,40}"
    r"(\d{4}-\d{2}-\d{2}|\d{1,2} [A-Za-z]{3,9} \d{4})\b",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    r"\border(?:s|ed)?\b[^\d]{0,40}\b([12]\d{3})\b\s*(?:and|to|through|until|[-–])\s*([12]\d{3})\b",
    re.IGNORECASE,
)
"""The years of order of an export; years of delivery do not cover undelivered orders."""

_LONGEST_ID = 200


def recognize(head: bytes) -> str | None:
    """Return the reason if a file is the register: the header under its preamble."""
    lines = head.decode("iso-8859-1").splitlines()[:PREAMBLE_LINES]
    found = next((number for number, line in enumerate(lines, 1) if _is_header(line)), None)
    return f"it has the header of SIPRI's trade register on line {found}" if found else None


def read_dataset(head: bytes) -> DatasetFacts | None:
    """Return the dataset as of the day on which, by the preamble, the file was generated."""
    found = _search_preamble(head, _GENERATED)
    return _make_release(found[1]) if found else None


def read_coverage(file: FileFacts) -> Coverage | None:
    """Return the years in the preamble, for those who take part in all deals of the file."""
    found = _search_preamble(file.head, _ORDERED)
    if found is None:
        return None
    return Coverage(
        *compute_year_bounds(int(found[1]), int(found[2])), parties=file.span.parties or frozenset()
    )


def _search_preamble(head: bytes, pattern: re.Pattern[str]) -> re.Match[str] | None:
    for line in islice(head.decode("iso-8859-1").splitlines(), PREAMBLE_LINES):
        if _is_header(line):
            break
        if found := pattern.search(line):
            return found
    return None


def read(lines: TextLines) -> Iterator[FileRow | RowFinding]:
    """Yield the rows under the header, numbering different rows with the same `KEY_COLUMNS`."""
    lines.others = LATIN_1
    columns = _read_columns(lines)
    with closing(SimilarRows()) as alike:
        for record in read_csv_records(lines):
            row = make_source_row(record, columns)
            if isinstance(row, FileRow):
                key = _hash_cells(row.cells[name] for name in KEY_COLUMNS)
                occurrence = alike.number(key, _hash_cells(row.cells.values()))
                row = FileRow(row.line, row.cells, occurrence)
            yield row


def map_row(row: FileRow, context: FileContext) -> MappedEvent:
    """Map one row to one arms transfer, which SIPRI affirms."""
    cells = {name: cell.strip() for name, cell in row.cells.items()}
    warnings: list[RowWarning] = []
    year, estimated = _read_order_year(cells)
    date = f"{year}~" if estimated else str(year)
    external_id = _make_id(cells, row.occurrence)
    taking = [
        (party, role)
        for role in ("supplier", "recipient")
        if (party := _make_party(make_single_line(cells[role]))) is not None
    ]
    return MappedEvent(
        event={
            **make_plain_event(context, external_id, "arms-transfer", _make_title(cells), date),
            "participants": make_participants(taking),
            "details": _make_details(cells, warnings),
            "codes": read_codes(cells, CODES),
        },
        claims={"coding": {**_CLAIM, "made_on": context.released}},
        actors=list(list_party_actors(party for party, _ in taking)),
        sources=[SIPRI],
        warnings=warnings,
    )


# Reading


def _make_release(day: str) -> DatasetFacts | None:
    try:
        released = read_day({"generated": day}, "generated")
    except BadRow:
        return None
    return replace(DATASET, released_on=released.isoformat())


def _split_cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


def _is_header(line: str) -> bool:
    return has_all_columns(
        _split_cells(line), frozenset({"recipient", "supplier", "weapon designation"})
    )


def _read_columns(lines: TextLines) -> tuple[str, ...]:
    """Read down to the header; a column without a name is the flag of the one before it."""
    for line in _read_preamble(lines):
        if _is_header(line):
            cells: list[str] = []
            for cell in _split_cells(line):
                cells.append(cell.strip() or (f"{cells[-1]}{FLAG_SUFFIX}" if cells else ""))
            return read_header_names(CsvRecord(lines.number, cells), REQUIRED_COLUMNS)
    raise Invalid(
        f"no header of SIPRI's trade register in the first {lines.number} lines: it begins"
        f" {', '.join(NAMES[:3])}"
    )


def _read_preamble(lines: TextLines) -> Iterator[str]:
    try:
        yield from islice(lines, PREAMBLE_LINES)
    except RecordTooLong as wrong:
        raise Invalid(f"line {lines.number}: {wrong}") from None


def _hash_cells(cells: Any) -> bytes:
    return blake2b("\0".join(cells).encode(), digest_size=12).digest()


# The event


def _make_id(cells: Mapping[str, str], occurrence: int) -> str:
    named = "/".join(make_single_line(cells[name]) for name in KEY_COLUMNS)
    if len(named) > _LONGEST_ID - 20:
        named = f"{named[: _LONGEST_ID - 50]}…{_hash_cells([named]).hex()}"
    return f"{named}#{occurrence}" if occurrence > 1 else named


def _make_title(cells: Mapping[str, str]) -> str:
    for side in ("supplier", "recipient"):
        if not cells[side]:
            raise BadRow(side, None, f"the {side} has no name")
    weapon, described = cells["weapon designation"], cells["weapon description"]
    if not (weapon or described):
        raise BadRow("weapon designation", None, "the weapon has no name")
    weapon = f"{weapon} ({described})" if weapon and described else weapon or described
    return make_single_line(
        f"{_strip_marks(cells['supplier'])} to {_strip_marks(cells['recipient'])}: {weapon}"
    )


def _read_order_year(cells: Mapping[str, str]) -> tuple[int, bool]:
    written = cells["year of order"]
    found = _YEAR.fullmatch(written)
    if not found:
        raise BadRow("year of order", written, "this is not a year")
    return int(found[1]), _is_estimate(cells, "year of order", found[0])


def _is_estimate(cells: Mapping[str, str], name: str, written: str) -> bool:
    """Return whether the next column says so, or, in older files, a mark or brackets."""
    return "?" in cells.get(name + FLAG_SUFFIX, "") or written[0] == "(" or written[-1] == "?"


def _make_details(cells: Mapping[str, str], warnings: list[RowWarning]) -> dict[str, Any]:
    years, guessed = _read_delivery_years(cells)
    condition = CONDITIONS.get(cells["status"].lower())
    if cells["status"] and condition is None:
        warnings.append(("status", cells["status"], "unknown status; kept as a code"))
    year, estimated = _read_order_year(cells)
    found = {
        "weapon_designation": make_single_line(cells["weapon designation"]) or None,
        "weapon_category": make_single_line(cells["weapon description"]) or None,
        "ordered": _read_figure(cells, "number ordered"),
        "delivered": _read_figure(cells, "number delivered"),
        "order_year": {"value": year, "estimated": estimated},
        "delivery_years": years or None,
        "delivery_years_estimated": guessed or None,
        "condition": condition,
        "tiv_per_unit": _read_figure(cells, "sipri tiv per unit"),
        "tiv_ordered": _read_figure(cells, "sipri tiv for total order"),
        "tiv_delivered": _read_figure(cells, "sipri tiv of delivered weapons"),
        "comments": make_single_line(cells["comments"], 5000) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _read_figure(cells: Mapping[str, str], name: str) -> dict[str, Any] | None:
    written = cells[name]
    if written in {"", "?"}:
        return None
    found = _NUMBER.fullmatch(written)
    if not found:
        raise BadRow(name, written, "this is not a number")
    value = float(found[1]) if "." in found[1] else int(found[1])
    return {"value": value, "estimated": _is_estimate(cells, name, written)}


def _read_delivery_years(cells: Mapping[str, str]) -> tuple[list[int], bool]:
    name = "year(s) of delivery"
    years, guessed = [], "?" in cells.get(name + FLAG_SUFFIX, "")
    for part in split_list(cells[name].replace(",", ";")):
        found = _YEAR.fullmatch(part)
        if not found:
            raise BadRow(name, part, "this is not a year")
        years.append(int(found[1]))
        guessed = guessed or part != found[1]
    return years, guessed


# Participants


def _strip_marks(name: str) -> str:
    return name.rstrip("*").rstrip()


@lru_cache(maxsize=4096)
def _make_party(name: str) -> ActingParty | None:
    """Return a state, with `*` a group, with `**` an organization; None if unknown."""
    plain = _strip_marks(name)
    if not plain or plain.lower().startswith("unknown"):
        return None
    if not name.endswith("*") and (state := SUCCESSORS.get(plain) or find_country_by_name(plain)):
        return ActingParty(make_state_actor(state))
    if known := find_organization_by_name(plain):
        return ActingParty(known)
    group = name.endswith("*") and not name.endswith("**")
    kind = "armed-group" if group else "state" if plain in FORMER_STATES else "organisation"
    brackets = _BRACKETS.fullmatch(plain)
    country = find_country_by_name(brackets[1]) if brackets else None
    return ActingParty(ActorFacts(make_actor_slug("sipri", plain), kind, plain, country=country))


DATASET = DatasetFacts(
    slug="sipri",
    title="SIPRI Arms Transfers Database, trade register",
    description="International transfers of major arms since 1950, deal by deal.",
    licence="SIPRI's terms and conditions: use with attribution, no redistribution of the database",
    citation="Stockholm International Peace Research Institute (SIPRI): SIPRI Arms Transfers"
    " Database, with the day of access.",
    url="https://www.sipri.org/databases/armstransfers",
    is_private=True,
)

FORMAT = ImportFormat(
    name="sipri",
    title="SIPRI trade register",
    mapper_version=1,
    dataset=DATASET,
    recognize=recognize,
    read=read,
    map_row=map_row,
    dataset_in=read_dataset,
    coverage_of=read_coverage,
)
