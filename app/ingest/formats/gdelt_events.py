"""GDELT events: actors, actions and places coded by machine, one row per event."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from app.errors import Invalid
from app.ingest.gdelt.articles import list_sources, make_gdelt_claim, parse_article
from app.ingest.gdelt.cameo_events import CameoEvent, read_cameo_event
from app.ingest.gdelt.columns import EVENTS_1, EVENTS_1_OLD, EVENTS_2
from app.ingest.gdelt.gdelt_actors import make_party
from app.ingest.gdelt.gdelt_dataset import DATASET
from app.ingest.gdelt.gdelt_places import PLACE_COLUMNS as PLACE
from app.ingest.gdelt.gdelt_places import GdeltPlace, read_gdelt_place
from app.ingest.gdelt.gdelt_timestamps import read_event_id, read_gdelt_day, read_timestamp_day
from app.ingest.gdelt.layouts import GdeltLayout, GdeltTable, map_column_names, read_first_lines
from app.ingest.gdelt.spreadsheet_damage import describe_damage, refuse_damaged
from app.ingest.reading.import_format import BadRow, FileContext, FileRow, ImportFormat, MappedEvent
from app.ingest.reading.text_lines import TextLines, read_tab_records
from app.ingest.report import RowFinding
from app.ingest.row_parsing.name_parsing import LONGEST_TEXT, make_single_line
from app.ingest.row_parsing.record_builders import (
    ActingParty,
    list_party_actors,
    make_participants,
)

TABLE = GdeltTable(
    what="GDELT events",
    layouts=(
        GdeltLayout("2.0", EVENTS_2, ("Day",), ("DATEADDED",)),
        GdeltLayout("1.0", EVENTS_1, ("Day", "DATEADDED")),
        GdeltLayout("1.0 before April 2013", EVENTS_1_OLD, ("Day", "DATEADDED")),
    ),
    needed=frozenset(EVENTS_1_OLD),
    renamed=map_column_names(EVENTS_2, sqldate="Day"),
)
ROLES = ("initiator", "target")
QUAD_CLASSES = ("1", "2", "3", "4")
UNNAMED_ACTOR = "unnamed"

_SEMICOLONS = b"globaleventid;"


def recognize(head: bytes) -> str | None:
    """Return the reason if a file is GDELT's; raise Invalid if a spreadsheet damaged it."""
    lines = read_first_lines(head)
    if damage := describe_damage(lines):
        raise Invalid(damage)
    return TABLE.recognize(lines)


def read(lines: TextLines) -> Iterator[FileRow | RowFinding]:
    """Yield the rows of any layout; raise Invalid if a spreadsheet damaged the file."""
    if lines.peek().lower().startswith(_SEMICOLONS):
        beginning = ["".join(record.cells) for record in islice(read_tab_records(lines), 2)]
        raise Invalid(str(describe_damage(beginning)))
    return refuse_damaged(TABLE.read(lines))


def map_row(row: FileRow, context: FileContext) -> MappedEvent:
    """Map one row to one event and one claim of GDELT about it."""
    cells = row.cells
    external_id = read_event_id("GlobalEventID", cells["GlobalEventID"])
    day = read_gdelt_day("Day", cells["Day"])
    added_on = read_timestamp_day("DATEADDED", cells["DATEADDED"])
    act = read_cameo_event(cells["EventCode"], cells["EventBaseCode"], cells["EventRootCode"])
    parties = [_read_party(cells, "Actor1"), _read_party(cells, "Actor2")]
    taking = [(party, role) for party, role in zip(parties, ROLES, strict=True) if party]
    place = read_gdelt_place(tuple([cells[column] for column in PLACE]))
    article = parse_article(cells.get("SOURCEURL", ""))
    return MappedEvent(
        event={
            "dataset": context.dataset,
            "external_id": external_id,
            "type": act.type,
            "title": _make_title(act, parties, place),
            "summary": _make_summary(act, cells),
            "date": day,
            "lifecycle": "occurred",
            "location": place and place.location,
            "participants": make_participants(taking),
            "details": None,
            "fatalities": None,
            "codes": _list_codes(cells, place),
            "tags": [],
            "verification_override": None,
        },
        claims={article.key: make_gdelt_claim(article, added_on)},
        actors=list(list_party_actors(party for party, _ in taking)),
        sources=list_sources(article),
        warnings=_list_warnings(cells, act, place),
    )


def _read_party(cells: Mapping[str, str], actor: str) -> ActingParty | None:
    column = f"{actor}Code"
    code = cells[column]
    if not code:
        return None
    party = make_party(code)
    if party is None:
        raise BadRow(
            column, code, "this is not an actor's code: parts of three letters, as in USAGOV"
        )
    return party


def _make_title(
    act: CameoEvent, parties: list[ActingParty | None], place: GdeltPlace | None
) -> str:
    """Return a title in our words: the label of the type, the actors and the place."""
    first, second = parties
    title = act.label
    if first or second:
        title += f": {first.actor.name if first else UNNAMED_ACTOR}"
    if second:
        title += f" → {second.actor.name}"
    if place and place.location["name"]:
        title += f", {place.location['name']}"
    return title if len(title) <= LONGEST_TEXT else make_single_line(title)


def _make_summary(act: CameoEvent, cells: Mapping[str, str]) -> str:
    """Return CAMEO's name of the action and the article's names of the actors."""
    first, second = cells["Actor1Name"], cells["Actor2Name"]
    if not first and not second:
        return act.name
    return make_single_line(
        f"{act.name}: {first or UNNAMED_ACTOR}{f' → {second}' if second else ''}"
    )


def _list_codes(cells: Mapping[str, str], place: GdeltPlace | None) -> dict[str, str]:
    codes = {"cameo": cells["EventCode"]}
    if cells["QuadClass"]:
        codes["gdelt-quad"] = cells["QuadClass"]
    if place:
        codes.update(place.codes)
    return codes


def _list_warnings(
    cells: Mapping[str, str], act: CameoEvent, place: GdeltPlace | None
) -> list[Any]:
    warnings: list[Any] = [*place.warnings] if place else []
    if act.warning:
        warnings.append(act.warning)
    if cells["QuadClass"] not in QUAD_CLASSES:
        warnings.append(("QuadClass", cells["QuadClass"], "not one of 1 to 4; kept as a code"))
    return warnings


FORMAT = ImportFormat(
    name="gdelt-events",
    title="GDELT events 1.0 and 2.0",
    mapper_version=1,
    dataset=DATASET,
    recognize=recognize,
    read=read,
    map_row=map_row,
)
