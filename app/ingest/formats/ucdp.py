"""UCDP GED: organized violence, one row per event, in the layouts of 19.1, 20.1 and HDX.

Codes are as in the codebook (Högbladh, "UCDP GED Codebook"). Places: where_prec 1 the place itself,
2 its surroundings (some 25 km), 3 and 4 the centroid of a second- or first-level division, 5 a part
of a country or a vague area, 6 the country, 7 water or airspace. Dates: date_prec 1 the day, 2 to 6
days, a week, a month, or more; date_start and date_end are its bounds.
"""

import csv
import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from app.errors import Invalid
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
from app.ingest.reading.tables import has_all_columns, read_csv_rows, read_header_names
from app.ingest.reading.text_lines import CsvRecord, TextLines
from app.ingest.reading.ucdp_file_names import (
    get_release_year,
    is_release,
    parse_file_coverage,
    parse_file_version,
)
from app.ingest.report import RowFinding
from app.ingest.row_parsing.cell_parsing import is_day, read_day, read_point, read_quantity
from app.ingest.row_parsing.name_parsing import (
    find_country_by_code,
    find_country_by_name,
    guess_source_kind,
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
)
from app.record.content import ClaimContent, FatalitiesContent, LocationContent
from app.vocab.countries import get_countries
from app.vocab.crosswalks import classify_ucdp
from app.vocab.event_types import get_event_types

_COLUMNS = """
id relid year active_year code_status type_of_violence conflict_dset_id conflict_new_id
conflict_name dyad_dset_id dyad_new_id dyad_name side_a_dset_id side_a_new_id side_a
side_b_dset_id side_b_new_id side_b number_of_sources source_article source_office source_date
source_headline source_original where_prec where_coordinates where_description adm_1 adm_2
latitude longitude geom_wkt priogrid_gid country country_id region event_clarity date_prec
date_start date_end deaths_a deaths_b deaths_civilians deaths_unknown best high low gwnoa gwnob
"""
_OPTIONAL_COLUMNS = """
relid year active_year code_status conflict_dset_id dyad_dset_id side_a_dset_id
side_b_dset_id source_original where_description geom_wkt priogrid_gid region"""
LAYOUT_20 = tuple(_COLUMNS.split())
"""The columns since 20.1, also of files without a header."""

REQUIRED_COLUMNS = frozenset(LAYOUT_20).difference(_OPTIONAL_COLUMNS.split())
DISTINCTIVE_COLUMNS = frozenset({"id", "type_of_violence", "where_prec", "date_start"})
_PRECISIONS = ("exact", "city", "admin1", "admin1", "region", "country", "region")
PRECISIONS = dict(zip("1234567", _PRECISIONS, strict=True))
KINDS = {"1": "state-based", "2": "non-state", "3": "one-sided"}
CODES = {
    "ucdp": "type_of_violence",
    "ucdp-id": "relid",
    "ucdp-conflict": "conflict_new_id",
    "ucdp-dyad": "dyad_new_id",
    "ucdp-where": "where_prec",
    "ucdp-date": "date_prec",
    "gw": "country_id",
    "priogrid": "priogrid_gid",
}
CIVILIANS = "1"
"""UCDP's number for civilians as a side."""

UCDP = SourceFacts("ucdp", "dataset", "Uppsala Conflict Data Program")

_BETWEEN_ARTICLES = re.compile(r'"\s*;\s*"')
_ARTICLE = re.compile(r"(.*?),\s*(\d{4}-\d{2}-\d{2})\s*,(.*)", re.DOTALL)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_URL = re.compile(r"https?://\S{3,1900}")


class UcdpArticle(NamedTuple):
    """A report that UCDP coded from."""

    office: str
    day: str
    headline: str


def recognize(head: bytes) -> str | None:
    """Return the reason if a file is UCDP's: its header, or a row without a header."""
    first = head.removeprefix(b"\xef\xbb\xbf").decode(errors="replace").lstrip("\r\n")
    cells = next(csv.reader(first.splitlines(keepends=True)), [])
    shown = (
        "names the columns"
        if has_all_columns(cells, DISTINCTIVE_COLUMNS)
        else _is_row(cells) and "is a row"
    )
    return f"line 1 {shown} of UCDP GED" if shown else None


def read(lines: TextLines) -> Iterator[FileRow | RowFinding]:
    """Yield the rows under the header, which may be missing, and under the tag row of HDX."""
    return read_csv_rows(lines, _read_columns)


def map_row(row: FileRow, context: FileContext) -> MappedEvent:
    """Map one row to one event with its claims."""
    cells = row.cells
    external_id = _read_id(cells)
    warnings: list[RowWarning] = []
    event_type = classify_ucdp(cells["type_of_violence"])
    taking = _list_participants(cells)
    articles = _parse_articles(cells["source_article"])
    mapped = MappedEvent(
        event={
            **make_plain_event(
                context, external_id, event_type, _make_title(cells), _read_date(cells)
            ),
            "summary": _read_summary(cells),
            "location": _read_location(cells, warnings),
            "participants": make_participants(taking),
            "details": _make_details(cells, event_type),
            "fatalities": _read_fatalities(cells, warnings),
            "codes": {scheme: cells[name] for scheme, name in CODES.items() if cells.get(name)},
        },
        claims=_make_claims(cells, articles, context),
        actors=list(list_party_actors(party for party, _ in taking)),
        sources=_list_sources(articles),
        warnings=warnings,
    )
    if event_type == "other":
        reason = f"not one of {', '.join(KINDS)}; kept as a code"
        warnings.append(("type_of_violence", cells["type_of_violence"], reason))
    return mapped


def _read_columns(record: CsvRecord) -> tuple[tuple[str, ...], bool]:
    if has_all_columns(record.cells, DISTINCTIVE_COLUMNS):
        return read_header_names(record, REQUIRED_COLUMNS), True
    if _is_row(record.cells):
        return LAYOUT_20, False
    raise Invalid(
        f"line {record.line}: this is neither the header of UCDP GED nor a row of its"
        f" {len(LAYOUT_20)} columns"
    )


def _is_row(cells: list[str]) -> bool:
    if len(cells) != len(LAYOUT_20):
        return False
    named = dict(zip(LAYOUT_20, cells, strict=True))
    return bool(
        named["id"].isdecimal()
        and named["type_of_violence"] in KINDS
        and named["where_prec"] in PRECISIONS
        and is_day(named["date_start"])
    )


def _read_id(cells: Mapping[str, str]) -> str:
    external_id = cells["id"].strip()
    if not (external_id.isdecimal() and external_id.isascii()):
        raise BadRow("id", external_id, "the id is not a number" if external_id else "no id")
    return external_id


def _make_title(cells: Mapping[str, str]) -> str:
    first, second = cells["side_a"].strip(), cells["side_b"].strip()
    if not first or not second:
        raise BadRow("side_b" if first else "side_a", None, "the side has no name")
    sides = f"{first} – {second}"
    if cells["type_of_violence"].strip() == "3":
        sides = f"{first} against {'civilians' if second == 'Civilians' else second}"
    place = cells["where_coordinates"].strip() or cells["adm_1"].strip() or cells["country"].strip()
    return make_single_line(f"{sides}, {place}" if place else sides)


def _read_summary(cells: Mapping[str, str]) -> str | None:
    described = make_single_line(cells.get("where_description", ""), 2000)
    return None if described == make_single_line(cells["where_coordinates"]) else described or None


def _read_date(cells: Mapping[str, str]) -> str:
    """Return the bounds as an interval; a whole month or year, if so imprecise, as such."""
    first, last = read_day(cells, "date_start"), read_day(cells, "date_end")
    if last < first:
        raise BadRow("date_end", cells["date_end"], "the event ends before it starts")
    if first == last:
        return first.isoformat()
    if cells["date_prec"] in {"4", "5"} and first.day == 1 and first.year == last.year:
        if first.month == last.month and last.day == monthrange(last.year, last.month)[1]:
            return first.isoformat()[:7]
        if (first.month, last.month, last.day) == (1, 12, 31):
            return first.isoformat()[:4]
    return f"{first.isoformat()}/{last.isoformat()}"


def _read_location(cells: Mapping[str, str], warnings: list[RowWarning]) -> LocationContent:
    precision = PRECISIONS.get(cells["where_prec"].strip())
    if precision is None:
        raise BadRow("where_prec", cells["where_prec"], "where_prec is one of 1 to 7")
    point = read_point(cells)
    if point is None and precision in {"exact", "city"}:
        warnings.append(("latitude", None, "no coordinates: only the country is kept"))
        precision = "country"
    country = _get_country(cells)
    if country is None:
        reason = f"no country is known for {cells['country']!r}"
        warnings.append(("country_id", cells["country_id"], reason))
    return make_location(cells["where_coordinates"], country, cells["adm_1"], point, precision)


def _get_country(cells: Mapping[str, str]) -> str | None:
    """Return the country by Gleditsch-Ward number (also historic), HDX's ISO code, or name."""
    iso3 = cells.get("iso3", "")
    return (
        find_country_by_code("gw", cells["country_id"].strip())
        or (iso3 if iso3 in get_countries() else None)
        or find_country_by_name(cells["country"].strip())
    )


def _list_participants(cells: Mapping[str, str]) -> list[tuple[ActingParty, str]]:
    found: list[tuple[ActingParty, str]] = []
    for side in ("a", "b"):
        number = cells[f"side_{side}_new_id"].strip()
        role = "victim" if number == CIVILIANS else "side"
        named = _list_side_actors(
            number, make_single_line(cells[f"side_{side}"]), cells[f"gwno{side}"].strip()
        )
        found += [(ActingParty(actor), role) for actor in named]
    return found


@lru_cache(maxsize=8192)
def _list_side_actors(number: str, name: str, states: str) -> tuple[ActorFacts, ...]:
    """Return the states that a government represents, or else the group."""
    numbers = re.split("[,;]", states) if states else []
    found = [find_country_by_code("gw", state.strip().partition(".")[0]) for state in numbers]
    if found and all(found):
        return tuple(make_state_actor(iso3) for iso3 in dict.fromkeys(filter(None, found)))
    if not number.isdecimal():
        raise BadRow(None, number, f"the side {name!r} has no number")
    kind = "body" if name.startswith("Government of ") else "armed-group"
    if number == CIVILIANS:
        kind = "organisation"
    return (ActorFacts(f"ucdp-{number}", kind, name, (("ucdp-actor", number),)),)


def _make_details(cells: Mapping[str, str], event_type: str) -> dict[str, Any] | None:
    if get_event_types()[event_type].details != "conflict":
        return None
    clarity = cells["event_clarity"].strip()
    details = {
        "sides": [
            {
                "name": make_single_line(cells[f"side_{side}"]),
                "id": cells[f"side_{side}_new_id"].strip(),
            }
            for side in ("a", "b")
        ],
        "kind_of_violence": KINDS.get(cells["type_of_violence"].strip()),
        **{
            name: read_quantity(cells, name)
            for name in ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")
        },
        "conflict_name": make_single_line(cells["conflict_name"]) or None,
        "conflict_id": cells["conflict_new_id"].strip() or None,
        "dyad_name": make_single_line(cells["dyad_name"]) or None,
        "dyad_id": cells["dyad_new_id"].strip() or None,
        "event_clarity": int(clarity) if clarity in {"1", "2"} else None,
    }
    return {name: value for name, value in details.items() if value is not None}


def _read_fatalities(
    cells: Mapping[str, str], warnings: list[RowWarning]
) -> FatalitiesContent | None:
    low, best, high = (read_quantity(cells, name) for name in ("low", "best", "high"))
    known = [number for number in (low, best, high) if number is not None]
    if known != sorted(known):
        numbers = f"{cells['low']}, {cells['best']}, {cells['high']}"
        warnings.append(("best", numbers, "low ≤ best ≤ high does not hold; kept as it is"))
    return {"low": low, "best": best, "high": high} if known else None


def _parse_articles(text: str) -> list[UcdpArticle]:
    """Return the reports in `source_article`: quoted "office,day,headline", or one unquoted."""
    text = text.strip()
    if text.startswith('"'):
        found = [_ARTICLE.fullmatch(part) for part in _BETWEEN_ARTICLES.split(text.strip('"'))]
    elif len(_ISO_DAY.findall(text)) == 1:
        found = [_ARTICLE.fullmatch(text)]
    else:
        return []
    articles = [
        UcdpArticle(make_single_line(match[1]), match[2], make_single_line(match[3]))
        for match in found
        if match
    ]
    named = all(
        article.office and (text[0] == '"' or len(article.office) <= 60) for article in articles
    )
    return articles if articles and len(articles) == len(found) and named else []


def _make_claims(
    cells: Mapping[str, str], articles: list[UcdpArticle], context: FileContext
) -> dict[str, ClaimContent]:
    if not articles:
        return {"source-article": _make_coded_claim(cells["source_article"].strip(), context)}
    return dict(_make_article_claim(article, context) for article in articles)


def _list_sources(articles: list[UcdpArticle]) -> list[SourceFacts]:
    offices = dict.fromkeys(article.office for article in articles)
    return [
        SourceFacts(make_source_slug(name), guess_source_kind(name), name) for name in offices
    ] or [UCDP]


def _make_article_claim(article: UcdpArticle, context: FileContext) -> tuple[str, ClaimContent]:
    """Return the claim of the report itself, which UCDP's coders read."""
    slug = make_source_slug(article.office)
    digest = blake2b(article.headline.encode(), digest_size=6).hexdigest()
    key = f"{slug}/{article.day}/{digest}"
    made_on, mark = _read_made_on(article.day, context)
    text = article.headline.strip('" ')
    said = f"Under the headline “{text}”" if text else "Named by UCDP as its source"
    claim = make_affirming_claim(key, slug, "media-report", make_single_line(said + mark))
    return key, {**claim, "made_on": made_on}


def _make_coded_claim(text: str, context: FileContext) -> ClaimContent:
    """Return the claim of UCDP itself, with a quotation of its source."""
    made_on, mark = _read_made_on("", context)
    said = f"Coded by UCDP{mark} from: {text}" if text else f"Coded by UCDP{mark}"
    claim = make_affirming_claim(
        "source-article", UCDP.slug, "dataset-coding", make_single_line(said)
    )
    return {**claim, "made_on": made_on, "url": text if _URL.fullmatch(text) else None}


def _read_made_on(day: str, context: FileContext) -> tuple[str | None, str]:
    """Return the day of a report, or else the dataset's release with a note that says so."""
    try:
        return date.fromisoformat(day).isoformat(), ""
    except ValueError:
        mark = " (dated by the dataset's release)" if context.released else ""
        return context.released, mark


FORMAT = ImportFormat(
    name="ucdp-ged",
    title="UCDP GED",
    mapper_version=1,
    dataset=DatasetFacts(
        slug="ucdp-ged",
        title="UCDP Georeferenced Event Dataset (GED)",
        description="Individual events of organised violence since 1989, coded from reports by the"
        " Uppsala Conflict Data Program.",
        licence="CC-BY-4.0",
        citation="Davies, Shawn, Therese Pettersson and Magnus Öberg, on organised violence, in the"
        " Journal of Peace Research, the article of the year of the release; Sundberg, Ralph and"
        " Erik Melander (2013): Introducing the UCDP Georeferenced Event Dataset. Journal of"
        " Peace Research 50(4), 523–532.",
        url="https://ucdp.uu.se/",
    ),
    recognize=recognize,
    read=read,
    map_row=map_row,
    version_of=parse_file_version,
    release_of=get_release_year,
    is_release=is_release,
    coverage_of=parse_file_coverage,
)
