"""ICEWS: events coded by machine from news reports in CAMEO, one row per event.

UTF-8, with tabs between cells and a header. An id is unique only on a day, so the key is both. The
file of 2017 writes days as 6/30/2017 and has codes that CAMEO does not have.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from app.errors import Invalid
from app.ingest.coverage import Coverage, FileFacts, find_year_in_name
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
from app.ingest.reading.tables import (
    has_all_columns,
    read_header_names,
    read_tab_rows,
    split_first_line,
)
from app.ingest.reading.text_lines import CsvRecord, TextLines
from app.ingest.report import RowFinding
from app.ingest.row_parsing.cell_parsing import read_codes, read_day, read_point
from app.ingest.row_parsing.name_parsing import (
    find_country_by_exact_name,
    find_organization_by_name,
    make_actor_slug,
    make_single_line,
    make_state_actor,
)
from app.ingest.row_parsing.record_builders import (
    ActingParty,
    list_party_actors,
    make_coded_claim,
    make_location,
    make_participants,
    make_plain_event,
    make_state_party,
)
from app.record.content import LocationContent
from app.vocab.crosswalks import classify_cameo, get_cameo_codes

COLUMNS = (
    *("Event ID", "Event Date", "Source Name", "Source Sectors", "Source Country", "Event Text"),
    *("CAMEO Code", "Intensity", "Target Name", "Target Sectors", "Target Country", "Story ID"),
    *("Sentence Number", "Publisher", "City", "District", "Province", "Country", "Latitude"),
    *("Longitude",),
)
REQUIRED_COLUMNS = frozenset(name.lower() for name in COLUMNS)
DISTINCTIVE_COLUMNS = frozenset({"event id", "event text", "cameo code", "story id"})
CODES = {
    "icews-intensity": "intensity",
    "icews-source": "source sectors",
    "icews-target": "target sectors",
    "icews-story": "story id",
    "icews-sentence": "sentence number",
}
NULL_CELLS = frozenset({"NULL", "NA", "None"})
COUNTRY_SPELLINGS = {
    "Congo": "COG",
    "Cook Island": "COK",
    "Moldova, Republic of": "MDA",
    "Bonaire": "BES",
    "Aeolian Islands": "ITA",
    "Bavaria": "DEU",
}
"""Names that only ICEWS uses for some countries."""

ICEWS = SourceFacts("icews", "dataset", "ICEWS")

_LAST_ROOT = "20"
_GOVERNMENT = re.compile(r"Government \((.+)\)")
_GENERIC = re.compile(r".+ \(.+\)")
_PERSON = re.compile(r"(?:[^\W\d_][\w.'’-]*)(?: [^\W\d_][\w.'’-]*){1,4}")
_GROUP = re.compile(
    r"\b(?:party|army|ministry|bank|council|front|movement|university|corp\w*|union|police|forces?"
    r"|company|group|commission|court|agency|association|committee|organi[sz]ation|league|state"
    r"|islamic|congress|parliament|brigades?|militia|office|department|institute|party|news|times"
    r"|airlines?|international|national|federation|alliance|assembly|senate|house)\b",
    re.IGNORECASE,
)
_ARMED = re.compile(
    r"insurgent|rebel|separatist|terrorist|unidentified armed|paramilitar", re.IGNORECASE
)
_OFFICIAL = re.compile(
    r"government|military|police|executive|ministry|judicial|parliament|legislat|army|navy"
    r"|air force|intelligence",
    re.IGNORECASE,
)
_FILE = re.compile(r"events\.(\d{4})(?:\.(\d{8})\d{0,6})?(?:\.(?:tab|txt|zip|gz))*", re.IGNORECASE)


def recognize(head: bytes) -> str | None:
    """Return the reason if a file is ICEWS's: its header."""
    found = has_all_columns(split_first_line(head), DISTINCTIVE_COLUMNS)
    return "it has the header of ICEWS, between tabs" if found else None


def read(lines: TextLines) -> Iterator[FileRow | RowFinding]:
    """Yield the rows under the header."""
    return read_tab_rows(lines, _read_columns)


def read_coverage(file: FileFacts) -> Coverage | None:
    """Return the year in the file's name, until the day on which the file was made."""
    return find_year_in_name(file, _FILE)


def map_row(row: FileRow, context: FileContext) -> MappedEvent:
    """Map one row to one event with the claim of ICEWS, which coded it from a report."""
    cells = {name: "" if cell in NULL_CELLS else cell.strip() for name, cell in row.cells.items()}
    warnings: list[RowWarning] = []
    day = read_day(cells, "event date", "month first").isoformat()
    code = _read_code(cells, warnings)
    sides = [_read_party(cells, side) for side in ("source", "target")]
    taking = [
        (party, role)
        for party, role in zip(sides, ("initiator", "target"), strict=True)
        if party is not None
    ]
    external_id, title = f"{_read_id(cells)}/{day}", _make_title(cells, code, taking)
    # ICEWS dates an event by the report that it read, so that is when the report was made.
    claim, sources = make_coded_claim(ICEWS, make_single_line(cells["publisher"]), day)
    return MappedEvent(
        event={
            **make_plain_event(context, external_id, classify_cameo(code), title, day),
            "location": _read_location(cells, warnings),
            "participants": make_participants(taking),
            "codes": read_codes(cells, CODES, cameo=code),
        },
        claims={"coding": claim},
        actors=list(list_party_actors(party for party, _ in taking)),
        sources=sources,
        warnings=warnings,
    )


def _read_columns(record: CsvRecord) -> tuple[tuple[str, ...], bool]:
    if not has_all_columns(record.cells, DISTINCTIVE_COLUMNS):
        raise Invalid(
            f"line {record.line}: this is not the header of ICEWS: {len(COLUMNS)} columns between"
            f" tabs, which begin {', '.join(COLUMNS[:4])}"
        )
    return read_header_names(record, REQUIRED_COLUMNS), True


# The event


def _read_id(cells: Mapping[str, str]) -> str:
    external_id = cells["event id"]
    if not (external_id.isdecimal() and external_id.isascii()):
        reason = "the id is not a number" if external_id else "no id"
        raise BadRow("event id", external_id, reason)
    return external_id


def _read_code(cells: Mapping[str, str], warnings: list[RowWarning]) -> str:
    """Return the CAMEO code, with a zero that a spreadsheet removed: ICEWS has no root codes."""
    code = cells["cameo code"]
    if not code:
        raise BadRow("cameo code", None, "no code")
    lost = len(code) == 2 or (len(code) == 3 and code[:2] > _LAST_ROOT)
    if lost and f"0{code}" in get_cameo_codes():
        warnings.append(("cameo code", code, f"a zero in front is lost: read as 0{code}"))
        return f"0{code}"
    if code not in get_cameo_codes():
        reason = f"not a CAMEO code; kept, and by its beginning the event is {classify_cameo(code)}"
        warnings.append(("cameo code", code, reason))
    return code


def _make_title(cells: Mapping[str, str], code: str, taking: list[tuple[ActingParty, str]]) -> str:
    known = get_cameo_codes().get(code)
    text = cells["event text"] or (known.name if known else code)
    names = " – ".join(party.actor.name for party, _ in taking)
    title = ": ".join(filter(None, (f"{text[:1].upper()}{text[1:]}", names)))
    place = cells["city"] or cells["province"] or cells["country"]
    return make_single_line(f"{title}, {place}" if place else title)


def _read_location(cells: Mapping[str, str], warnings: list[RowWarning]) -> LocationContent | None:
    country = _get_country(cells["country"])
    if cells["country"] and country is None:
        warnings.append(("country", cells["country"], "no country is known by this name"))
    point = read_point(cells)
    name = cells["city"] or cells["district"]
    if not (country or name or point):
        return None
    precision = "country" if country else "region"
    if point:
        divided = cells["province"] or cells["district"]
        precision = "city" if cells["city"] else "admin1" if divided else precision
    return make_location(name, country, cells["province"], point, precision)


def _get_country(name: str) -> str | None:
    return COUNTRY_SPELLINGS.get(name) or find_country_by_exact_name(name)


# Participants


def _read_party(cells: Mapping[str, str], side: str) -> ActingParty | None:
    name = make_single_line(cells[f"{side} name"])
    if not name:
        return None
    return _make_party(name, cells[f"{side} country"], cells[f"{side} sectors"])


@lru_cache(maxsize=8192)
def _make_party(name: str, country: str, sectors: str) -> ActingParty:
    """Return a country or its government as the state; an office or a person acts for it."""
    government = _GOVERNMENT.fullmatch(name)
    if state := _get_country(government[1] if government else name):
        return ActingParty(make_state_actor(state))
    if known := find_organization_by_name(name):
        return ActingParty(known)
    kind, state = _guess_kind(name, sectors), _get_country(country)
    facts = ActorFacts(make_actor_slug("icews", name), kind, name, country=state)
    is_official = _OFFICIAL.search(sectors) and kind != "armed-group"
    return make_state_party(facts, state if is_official else None)


def _guess_kind(name: str, sectors: str) -> str:
    """Return the kind of actor that a name and its sectors suggest, for editors to correct."""
    if _ARMED.search(sectors):
        return "armed-group"
    if _GENERIC.fullmatch(name):
        return "body" if _OFFICIAL.search(sectors) else "organisation"
    if _PERSON.fullmatch(name) and not _GROUP.search(name):
        return "person"
    return "body" if _OFFICIAL.search(sectors) else "organisation"


FORMAT = ImportFormat(
    name="icews",
    title="ICEWS",
    mapper_version=1,
    dataset=DatasetFacts(
        slug="icews",
        title="ICEWS Coded Event Data",
        description="Political events worldwide from 1995 to 2023, coded by machine from news"
        " reports in CAMEO.",
        licence="The files name no licence: the terms of use of their entry in the Harvard"
        " Dataverse apply, doi:10.7910/DVN/28075",
        citation="Boschee, Elizabeth, Jennifer Lautenschlager, Sean O'Brien, Steve Shellman, James"
        " Starz and Michael Ward (2015): ICEWS Coded Event Data. Harvard Dataverse,"
        " doi:10.7910/DVN/28075.",
        url="https://doi.org/10.7910/DVN/28075",
        is_private=True,
    ),
    recognize=recognize,
    read=read,
    map_row=map_row,
    coverage_of=read_coverage,
)
