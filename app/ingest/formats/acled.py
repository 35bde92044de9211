"""ACLED: political violence and protest, one row per event, as CSV and as JSON from its API.

Codes are as in the codebook (ACLED, "Codebook"). Time: 1 the day, 2 within about a week, with the
date in its middle, 3 within a month. Places: 1 the named place, with the coordinates of its center,
2 near it or in an area that it represents, 3 a larger region. Files from before 2017 have older
names of columns and event types, and days such as 18/04/2001.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from app.errors import Invalid
from app.ingest.coverage import Coverage, FileFacts, parse_period
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
from app.ingest.reading.json_rows import is_json_text, read_json_rows
from app.ingest.reading.tables import has_all_columns, read_csv_rows, read_header_names
from app.ingest.reading.text_lines import CsvRecord, TextLines
from app.ingest.report import RowFinding
from app.ingest.row_parsing.cell_parsing import (
    read_codes,
    read_day,
    read_point,
    read_quantity,
    split_list,
)
from app.ingest.row_parsing.name_parsing import (
    find_country_by_code,
    find_country_by_name,
    find_organization_by_name,
    guess_source_kind,
    make_actor_slug,
    make_single_line,
    make_source_slug,
    make_state_actor,
)
from app.ingest.row_parsing.record_builders import (
    ActingParty,
    list_party_actors,
    make_affirming_claim,
    make_location,
    make_participants,
    make_plain_event,
    make_state_party,
)
from app.record.content import ClaimContent, LocationContent
from app.vocab.crosswalks import UNMAPPED, classify_acled, get_acled_types
from app.vocab.event_types import get_event_types

_COLUMNS = """
event_id_cnty event_date year time_precision disorder_type event_type sub_event_type actor1
assoc_actor_1 inter1 actor2 assoc_actor_2 inter2 interaction civilian_targeting iso region country
admin1 admin2 admin3 location latitude longitude geo_precision source source_scale notes fatalities
tags timestamp
"""
_REQUIRED_COLUMNS = """
event_id_cnty event_date time_precision event_type actor1 actor2 country location latitude longitude
geo_precision source notes fatalities
"""
COLUMNS = tuple(_COLUMNS.split())
"""The current columns. Older files have some others, and lack the newest of these."""

REQUIRED_COLUMNS = frozenset(_REQUIRED_COLUMNS.split())
DISTINCTIVE_COLUMNS = frozenset(
    {"event_id_cnty", "event_date", "event_type", "actor1", "geo_precision"}
)
OLDER_NAMES = {
    "ally_actor_1": "assoc_actor_1",
    "ally_actor_2": "assoc_actor_2",
    "event_id": "event_id_cnty",
    "time_prec": "time_precision",
    "geo_precis": "geo_precision",
}
_BATTLES, _STRATEGIC = "Battles", "Strategic developments"
OLDER_TYPES = {
    "battle-no change of territory": (_BATTLES, "Armed clash"),
    "battle-government regains territory": (_BATTLES, "Government regains territory"),
    "battle-non-state actor overtakes territory": (_BATTLES, "Non-state actor overtakes territory"),
    "remote violence": ("Explosions/Remote violence", ""),
    "headquarters or base established": (_STRATEGIC, "Headquarters or base established"),
    "non-violent transfer of territory": (_STRATEGIC, "Non-violent transfer of territory"),
    "strategic development": (_STRATEGIC, ""),
}
CODES = {
    "acled-event": "event_type",
    "acled-disorder": "disorder_type",
    "acled-inter1": "inter1",
    "acled-inter2": "inter2",
    "acled-interaction": "interaction",
    "acled-targeting": "civilian_targeting",
    "acled-time": "time_precision",
    "acled-geo": "geo_precision",
    "acled-scale": "source_scale",
    "acled-data-id": "data_id",
    "iso-numeric": "iso",
    "gw": "gwno",
}
PRECISIONS = {"1": "city", "2": "admin1", "3": "region"}
INTER_CODES = (
    ("state forces", "body"),
    ("rebel group", "armed-group"),
    ("political militia", "armed-group"),
    ("identity militia", "armed-group"),
    ("rioters", "organisation"),
    ("protesters", "organisation"),
    ("civilians", "organisation"),
    ("external/other forces", "organisation"),
)
"""The current names of the inter codes 1 to 8, and the kind of actor of each."""

RIOTERS, PROTESTERS, CIVILIANS = "5", "6", "7"
ACLED = SourceFacts("acled", "dataset", "Armed Conflict Location & Event Data (ACLED)")

_HALF_WEEK = timedelta(days=3)
_FORCES = re.compile(r"(?:\w+ ){0,2}(?:Government|Forces|Police|Guard) of ([^()]+?)(?: \(.*)?")
_GOVERNMENT = re.compile(r"Government of ([^()]+?)(?: \(\d{4}-\d{0,4}\))?")
_BRACKETS = re.compile(r".+ \(([^()]+)\)")
_SUB_TYPES = frozenset(sub.casefold() for _, sub in get_acled_types() if sub)
_UNIX_SECONDS = re.compile(r"\d{1,11}")
_UNIX_DAY = date(1970, 1, 1).toordinal()
_LAST_DAY = date.max.toordinal()
_PERIOD = re.compile(r"(\d{4}-\d{2}-\d{2})[-_](\d{4}-\d{2}-\d{2})")


def recognize(head: bytes) -> str | None:
    """Return the reason if a file is ACLED's: its header, or JSON with ACLED's names."""
    text = head.decode(errors="replace").removeprefix("\ufeff").lstrip().lower()
    if text[:1] in {"[", "{"}:
        named = all(f'"{name}"' in text for name in ("event_id_cnty", "event_date", "actor1"))
        return "it is JSON with the names of ACLED's columns" if named else None
    header = text.partition("\n")[0].replace('"', "").strip().split(",")
    return (
        "it has the header of ACLED"
        if has_all_columns(header, DISTINCTIVE_COLUMNS, OLDER_NAMES)
        else None
    )


def read(lines: TextLines) -> Iterator[FileRow | RowFinding]:
    """Yield the rows under the header, or the objects of `data`, of a list or of lines."""
    if is_json_text(lines.peek()):
        return read_json_rows(lines, "data", REQUIRED_COLUMNS, OLDER_NAMES)
    return read_csv_rows(lines, _read_columns)


def read_coverage(file: FileFacts) -> Coverage | None:
    """Return the one country of all rows, in the period of the file's name, or on their days.

    An answer of the API has no coverage, as it may be one page of many.
    """
    found = [country for country in file.span.countries if country is not None]
    if is_json_text(file.head) or len(file.span.countries) != 1 or not found:
        return None
    named = (match for name in file.names for match in _PERIOD.finditer(name))
    for match in named:
        with suppress(ValueError):
            return parse_period(f"{match[1]}/{match[2]}").narrow(frozenset(found))
    return Coverage(file.span.first_day, file.span.last_day, frozenset(found))


def map_row(row: FileRow, context: FileContext) -> MappedEvent:
    """Map one row to one event with a claim of each source that it names."""
    cells = row.cells
    warnings: list[RowWarning] = []
    event_type = _read_type(cells, warnings)
    day = read_day(cells, "event_date", "day first")
    taking = _list_participants(cells, event_type)
    names = [make_single_line(cells[f"actor{which}"]) for which in "12"]
    if not names[0]:
        raise BadRow("actor1", None, "the event has no first actor")
    fatalities = read_quantity(cells, "fatalities")
    sources = split_list(cells["source"])
    date_text = _read_date(cells, day, warnings)
    return MappedEvent(
        event={
            **make_plain_event(
                context, _read_id(cells), event_type, _make_title(cells, names), date_text
            ),
            "summary": make_single_line(cells["notes"], 2000) or None,
            "location": _read_location(cells, warnings),
            "participants": make_participants(taking),
            "details": _make_details(event_type, names),
            "fatalities": None
            if fatalities is None
            else {"low": None, "best": fatalities, "high": None},
            "codes": read_codes(cells, CODES, acled=_read_kind(cells)),
            "tags": [make_single_line(tag, 100) for tag in split_list(cells.get("tags", ""))[:50]],
        },
        claims=_make_claims(sources, _read_made_on(cells, day, date_text) or context.released),
        actors=list(list_party_actors(party for party, _ in taking)),
        sources=[
            SourceFacts(make_source_slug(name), guess_source_kind(name), name) for name in sources
        ]
        or [ACLED],
        warnings=warnings,
    )


def _read_columns(record: CsvRecord) -> tuple[tuple[str, ...], bool]:
    if not has_all_columns(record.cells, DISTINCTIVE_COLUMNS, OLDER_NAMES):
        raise Invalid(
            f"line {record.line}: this is not the header of ACLED, which begins"
            f" {', '.join(COLUMNS[:4])}"
        )
    return read_header_names(record, REQUIRED_COLUMNS, OLDER_NAMES), True


def _read_id(cells: Mapping[str, str]) -> str:
    external_id = cells["event_id_cnty"].strip()
    if not external_id:
        raise BadRow("event_id_cnty", None, "no id")
    return external_id


def _read_type(cells: Mapping[str, str], warnings: list[RowWarning]) -> str:
    event, sub = cells["event_type"].strip(), cells.get("sub_event_type", "").strip()
    lowered = event.casefold()
    if lowered == "riots/protests":
        event = "Riots" if _parse_inter(cells.get("inter1", "")) == RIOTERS else "Protests"
    elif not sub:
        event, sub = OLDER_TYPES.get(lowered, (event, sub))
    found = classify_acled(sub, event)
    if sub and sub.casefold() not in _SUB_TYPES:
        reason = f"unknown sub-event type; kept as a code, the event is {found}"
        warnings.append(("sub_event_type", sub, reason))
    elif found == UNMAPPED and (event, sub) not in get_acled_types():
        warnings.append(("event_type", event, "unknown event type; kept as a code"))
    return found


def _read_kind(cells: Mapping[str, str]) -> str:
    return cells.get("sub_event_type", "").strip() or cells["event_type"].strip()


def _make_title(cells: Mapping[str, str], names: list[str]) -> str:
    place = cells["location"].strip() or cells["country"].strip()
    title = f"{_read_kind(cells)}: {' – '.join(filter(None, names))}"
    return make_single_line(f"{title}, {place}" if place else title)


def _read_date(cells: Mapping[str, str], day: date, warnings: list[RowWarning]) -> str:
    """Return the day, the week around it, or its month."""
    precision = cells["time_precision"].strip()
    if cells.get("year", "").strip() not in ("", str(day.year)):
        warnings.append(("year", cells["year"], f"the event is dated {day.isoformat()}"))
    if precision == "2" and date.min + _HALF_WEEK <= day <= date.max - _HALF_WEEK:
        return f"{(day - _HALF_WEEK).isoformat()}/{(day + _HALF_WEEK).isoformat()}"
    if precision == "3":
        return day.isoformat()[:7]
    if precision not in {"1", "2"}:
        raise BadRow("time_precision", precision, "time_precision is one of 1 to 3")
    return day.isoformat()


def _read_location(cells: Mapping[str, str], warnings: list[RowWarning]) -> LocationContent:
    precision = PRECISIONS.get(cells["geo_precision"].strip())
    if precision is None:
        raise BadRow("geo_precision", cells["geo_precision"], "geo_precision is one of 1 to 3")
    point = read_point(cells)
    if point is None:
        warnings.append(("latitude", None, "no coordinates: only the country is kept"))
        precision = "country"
    country = (
        find_country_by_code("iso-numeric", cells.get("iso", "").strip())
        or find_country_by_code("iso3", cells.get("iso3", "").strip())
        or find_country_by_code("gw", cells.get("gwno", "").strip())
        or find_country_by_name(cells["country"].strip())
    )
    if country is None:
        warnings.append(("country", cells["country"], "no country is known by this name"))
    return make_location(cells["location"], country, cells.get("admin1", ""), point, precision)


def _make_details(event_type: str, names: list[str]) -> dict[str, Any] | None:
    if get_event_types()[event_type].details != "conflict":
        return None
    return {"sides": [{"name": name} for name in names if name]}


def _list_participants(cells: Mapping[str, str], event_type: str) -> list[tuple[ActingParty, str]]:
    found: list[tuple[ActingParty, str]] = []
    for which in "12":
        inter = _parse_inter(cells.get(f"inter{which}", ""))
        associated = cells.get(f"assoc_actor_{which}", "")
        role = _choose_role(inter, event_type)
        named = _list_parties(make_single_line(cells[f"actor{which}"]), associated, inter)
        found += [(party, role) for party in named]
    return found


@lru_cache(maxsize=256)
def _parse_inter(written: str) -> str:
    """Return the number of an inter code, which older files write as a number, newer as a name."""
    text = written.strip().lower()
    names = [name for name, _ in INTER_CODES]
    singular = text.removesuffix("s")
    found = [n for n, name in enumerate(names, 1) if name.removesuffix("s") == singular]
    return str(found[0]) if found else text


@lru_cache(maxsize=8192)
def _list_parties(actor: str, associated: str, inter: str) -> tuple[ActingParty, ...]:
    """Return the actor and the actors associated with it."""
    kind = INTER_CODES[int(inter) - 1][1] if inter in set("12345678") else "organisation"
    found = [_make_party(actor, kind)] if actor else []
    return (*found, *(_make_party(name, "organisation") for name in split_list(associated)))


@lru_cache(maxsize=8192)
def _make_party(name: str, kind: str) -> ActingParty:
    """Return a government as its state, its forces as acting for it, any other actor as itself."""
    government = _GOVERNMENT.fullmatch(name)
    if government and (state := find_country_by_name(government[1])):
        return ActingParty(make_state_actor(state))
    if known := find_organization_by_name(name):
        return ActingParty(known)
    forces, brackets = _FORCES.fullmatch(name), _BRACKETS.fullmatch(name)
    state = find_country_by_name(forces[1]) if forces else None
    country = state or (find_country_by_name(brackets[1]) if brackets else None)
    facts = ActorFacts(
        make_actor_slug("acled", name), "body" if forces else kind, name, country=country
    )
    return make_state_party(facts, state)


def _choose_role(inter: str, event_type: str) -> str:
    """Return the role by the kind of actor; ACLED's order does not say who began."""
    if inter in {RIOTERS, PROTESTERS}:
        return "victim" if event_type == "repression" else "initiator"
    known = get_event_types()[event_type]
    harmful = known.details == "conflict" or known.category == "security"
    return "victim" if inter == CIVILIANS and harmful else "side"


def _make_claims(sources: list[str], made_on: str | None) -> dict[str, ClaimContent]:
    """Return a claim of each source that affirms the event; without sources, one of ACLED."""
    claims: dict[str, ClaimContent] = {}
    for name in sources:
        slug = make_source_slug(name)
        claims[slug] = make_affirming_claim(
            slug, slug, "media-report", "Named by ACLED as its source"
        )
    if not claims:
        claims["coding"] = make_affirming_claim(
            "coding", ACLED.slug, "dataset-coding", "Coded by ACLED without a named source"
        )
    for claim in claims.values():
        claim["made_on"] = made_on
    return claims


def _read_made_on(cells: Mapping[str, str], day: date, date_text: str) -> str | None:
    """Return the days from the event until ACLED wrote the row, as no closer day is known."""
    seconds = cells.get("timestamp", "").strip()
    if not _UNIX_SECONDS.fullmatch(seconds):
        return None
    written = _UNIX_DAY + int(seconds) // 86_400
    if not day.toordinal() <= written <= _LAST_DAY:
        return None
    return f"{date_text.partition('/')[0]}/{date.fromordinal(written).isoformat()}"


FORMAT = ImportFormat(
    name="acled",
    title="ACLED",
    mapper_version=1,
    dataset=DatasetFacts(
        slug="acled",
        title="Armed Conflict Location & Event Data (ACLED)",
        description="Political violence, demonstrations and related developments around the world,"
        " coded from reports by ACLED.",
        licence="ACLED's terms of use: for registered users, no redistribution of the data",
        citation="Raleigh, Clionadh, Roudabeh Kishi and Andrew Linke (2023): Political instability"
        " patterns are obscured by conflict dataset scope conditions, sources, and coding"
        " choices. Humanities and Social Sciences Communications 10, 74. Data: ACLED,"
        " acleddata.com, with the day of access.",
        url="https://acleddata.com/",
        is_private=True,
    ),
    recognize=recognize,
    read=read,
    map_row=map_row,
    coverage_of=read_coverage,
)
