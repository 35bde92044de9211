"""POLECAT: political events coded by machine in the PLOVER ontology, one row per event.

Tabs between cells under a header, `None` for nothing, semicolons in lists. Text that is not UTF-8
is Latin-1. Some files have empty cells after the last column.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import zip_longest

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
from app.ingest.reading.text_lines import LATIN_1, CsvRecord, TextLines
from app.ingest.report import RowFinding
from app.ingest.row_parsing.cell_parsing import read_codes, read_day, read_point, split_list
from app.ingest.row_parsing.name_parsing import (
    find_country_by_code,
    find_country_by_exact_name,
    find_country_by_name,
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
from app.vocab.countries import get_countries
from app.vocab.crosswalks import classify_plover, get_plover_types

COLUMNS = (
    *("Event ID", "Event Date", "Event Type", "Event Mode", "Intensity", "Quad Code", "Contexts"),
    *("Actor Name", "Actor Country", "Actor COW", "Primary Actor Sector", "Actor Sectors"),
    *("Actor Title", "Actor Name Raw", "Wikipedia Actor ID"),
    *("Recipient Name", "Recipient Country", "Recipient COW", "Primary Recipient Sector"),
    *("Recipient Sectors", "Recipient Title", "Recipient Name Raw", "Wikipedia Recipient ID"),
    *("Placename", "City", "District", "Province", "Country", "Latitude", "Longitude"),
    *("GeoNames ID", "Raw Placename", "Feature Type", "Source", "Publication Date"),
    *("Story People", "Story Organizations", "Story Locations", "Language", "Version"),
)
REQUIRED_COLUMNS = frozenset(name.lower() for name in COLUMNS)
DISTINCTIVE_COLUMNS = frozenset({"event id", "event mode", "quad code", "actor name raw"})
OLDER_NAMES = {"event intensity": "intensity"}
CODES = {
    "plover-quad": "quad code",
    "plover-intensity": "intensity",
    "plover-contexts": "contexts",
    "plover-actor": "actor sectors",
    "plover-recipient": "recipient sectors",
    "cow-actor": "actor cow",
    "cow-recipient": "recipient cow",
    "geonames": "geonames id",
    "geonames-feature": "feature type",
    "polecat-version": "version",
}
LANGUAGES = {
    "arabic": "ar",
    "chinese": "zh",
    "english": "en",
    "french": "fr",
    "portuguese": "pt",
    "russian": "ru",
    "spanish": "es",
}
STATE_SECTORS = frozenset({"GOV", "MIL", "COP", "JUD", "LEG", "SPY", "PRO"})
ARMED_SECTORS = frozenset({"REB", "UAF", "SEP", "INS", "PRM"})
POLECAT = SourceFacts("polecat", "dataset", "POLECAT")
NULL_CELL = "None"

_FILE = re.compile(r"ngecEvents\.?DV[-.](\d{4})(?:\.(?:txt|zip|gz))*", re.IGNORECASE)


def recognize(head: bytes) -> str | None:
    """Return the reason if a file is POLECAT's: its header."""
    found = has_all_columns(split_first_line(head), DISTINCTIVE_COLUMNS)
    return "it has the header of POLECAT, between tabs" if found else None


def read(lines: TextLines) -> Iterator[FileRow | RowFinding]:
    """Yield the rows under the header, with quotation marks around a cell removed."""
    lines.others = LATIN_1
    for row in read_tab_rows(lines, _read_columns):
        if isinstance(row, FileRow) and any('"' in cell for cell in row.cells.values()):
            yield FileRow(row.line, {name: _strip_quotes(cell) for name, cell in row.cells.items()})
        else:
            yield row


def read_coverage(file: FileFacts) -> Coverage | None:
    """Return the year in the file's name; the name of a weekly file does not give its days."""
    return find_year_in_name(file, _FILE)


def map_row(row: FileRow, context: FileContext) -> MappedEvent:
    """Map one row to one event with the claim of POLECAT, which coded it from a report."""
    cells = {name: "" if cell == NULL_CELL else cell.strip() for name, cell in row.cells.items()}
    warnings: list[RowWarning] = []
    event, mode = cells["event type"].upper(), cells["event mode"].lower()
    event_type, day = _read_type(event, mode, warnings), read_day(cells, "event date").isoformat()
    parties = [_read_parties(cells, side) for side in ("actor", "recipient")]
    taking = [(party, "initiator") for party in parties[0]]
    taking += [(party, "target") for party in parties[1]]
    published = cells["publication date"] and read_day(cells, "publication date").isoformat()
    claim, sources = make_coded_claim(POLECAT, make_single_line(cells["source"]), published or None)
    claim["language"] = LANGUAGES.get(cells["language"].lower())
    return MappedEvent(
        event={
            **make_plain_event(
                context, _read_id(cells), event_type, _make_title(cells, parties), day
            ),
            "location": _read_location(cells, warnings),
            "participants": make_participants(taking),
            "codes": read_codes(cells, CODES, plover=f"{event}/{mode}" if mode else event),
            "tags": [
                make_single_line(context, 100)
                for context in split_list(cells["contexts"].lower())[:50]
            ],
        },
        claims={"coding": claim},
        actors=list(list_party_actors(party for party, _ in taking)),
        sources=sources,
        warnings=warnings,
    )


def _read_columns(record: CsvRecord) -> tuple[tuple[str, ...], bool]:
    if not has_all_columns(record.cells, DISTINCTIVE_COLUMNS):
        raise Invalid(
            f"line {record.line}: this is not the header of POLECAT: {len(COLUMNS)} columns"
            f" between tabs, which begin {', '.join(COLUMNS[:4])}"
        )
    while record.cells and not record.cells[-1].strip():
        record.cells.pop()
    return read_header_names(record, REQUIRED_COLUMNS, OLDER_NAMES), True


def _strip_quotes(cell: str) -> str:
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell


# The event


def _read_id(cells: Mapping[str, str]) -> str:
    if not cells["event id"]:
        raise BadRow("event id", None, "no id")
    return cells["event id"]


def _read_type(event: str, mode: str, warnings: list[RowWarning]) -> str:
    found = classify_plover(event, mode)
    kept = f"kept as a code, the event is {found}"
    if (event, "") not in get_plover_types():
        warnings.append(("event type", event, f"not a PLOVER event type; {kept}"))
    elif (event, mode) not in get_plover_types():
        warnings.append(("event mode", mode, f"not a mode of {event}; {kept}"))
    return found


def _make_title(cells: Mapping[str, str], parties: list[tuple[ActingParty, ...]]) -> str:
    kind = " ".join(filter(None, (cells["event type"].capitalize(), cells["event mode"])))
    sides = [", ".join(party.actor.name for party in side) for side in parties]
    country = _get_country(cells["country"])
    place = cells["placename"] or cells["city"] or cells["province"]
    place = place or (get_countries()[country].name if country else "")
    title = f"{kind}: {' – '.join(filter(None, sides)) or 'unnamed actors'}"
    return make_single_line(f"{title}, {place}" if place else title)


def _read_location(cells: Mapping[str, str], warnings: list[RowWarning]) -> LocationContent | None:
    country = _get_country(cells["country"])
    if cells["country"] and country is None:
        warnings.append(("country", cells["country"], "no country is known by this code or name"))
    name = cells["placename"] or cells["city"]
    point = read_point(cells)
    if not (country or name or point):
        return None
    precision = _choose_precision(cells) if point else "country" if country else "region"
    return make_location(name, country, cells["province"], point, precision)


def _choose_precision(cells: Mapping[str, str]) -> str:
    """Return the precision of the GeoNames feature, or else of the named places."""
    feature = cells["feature type"].upper()
    if feature.startswith("PPL"):
        return "city"
    if feature.startswith("ADM"):
        return "admin1"
    if feature.startswith("PCL"):
        return "country"
    if cells["city"]:
        return "city"
    return "admin1" if cells["province"] or cells["district"] else "country"


@lru_cache(maxsize=4096)
def _get_country(written: str) -> str | None:
    """Return a country by ISO 3166-1 alpha-3, Correlates of War number, or name."""
    if written.isdecimal():
        return find_country_by_code("cow", written)
    return written if written in get_countries() else find_country_by_name(written)


# Participants


def _read_parties(cells: Mapping[str, str], side: str) -> tuple[ActingParty, ...]:
    return _list_parties(
        cells[f"{side} name"] or cells[f"{side} name raw"],
        cells[f"{side} country"] or cells[f"{side} cow"],
        cells[f"primary {side} sector"],
        cells[f"{side} title"],
        make_single_line(cells[f"wikipedia {side} id"], 200),
    )


@lru_cache(maxsize=8192)
def _list_parties(
    name: str, country: str, sector: str, title: str, wikipedia: str
) -> tuple[ActingParty, ...]:
    """Return the named actors, with countries if the lists match; a bare country is its state."""
    names, states = split_list(name), [_get_country(code) for code in split_list(country)]
    if not names:
        return tuple(
            ActingParty(make_state_actor(state))
            for state in states
            if state and sector in STATE_SECTORS
        )
    if len(states) != len(names):
        states = states if len(set(states)) == 1 else []
        states *= len(names)
    pages = [wikipedia] if len(names) == 1 else []
    kind = _choose_kind(sector, title)
    return tuple(
        _make_party(name, state, kind, page or "")
        for name, state, page in zip_longest(names, states[: len(names)], pages)
    )


def _choose_kind(sector: str, title: str) -> str:
    if sector in ARMED_SECTORS:
        return "armed-group"
    if title:
        return "person"
    return "body" if sector in STATE_SECTORS else "organisation"


def _make_party(name: str, state: str | None, kind: str, page: str) -> ActingParty:
    if found := find_country_by_exact_name(name.removesuffix(" (country)")):
        return ActingParty(make_state_actor(found))
    if known := find_organization_by_name(name):
        return ActingParty(known)
    codes = (("wikipedia", page),) if page else ()
    facts = ActorFacts(make_actor_slug("polecat", name), kind, name, codes, state)
    return make_state_party(facts, state if kind in {"person", "body"} else None)


FORMAT = ImportFormat(
    name="polecat",
    title="POLECAT",
    mapper_version=1,
    dataset=DatasetFacts(
        slug="polecat",
        title="Political Event Classification, Attributes, and Types (POLECAT)",
        description="Political events worldwide since 2018, coded by machine from news reports in"
        " the PLOVER ontology.",
        licence="The files name no licence: the terms of use of their entry in the Harvard"
        " Dataverse apply, doi:10.7910/DVN/AJGVIT",
        citation="Halterman, Andrew, Benjamin E. Bagozzi, Andreas Beger, Philip Schrodt and Grace"
        " Scarborough (2023): PLOVER and POLECAT: A New Political Event Ontology and Dataset."
        " SocArXiv. Data: POLECAT Weekly Data, Harvard Dataverse, doi:10.7910/DVN/AJGVIT.",
        url="https://doi.org/10.7910/DVN/AJGVIT",
        is_private=True,
    ),
    recognize=recognize,
    read=read,
    map_row=map_row,
    coverage_of=read_coverage,
)
