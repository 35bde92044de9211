"""GDELT events: what a machine read of who did what to whom, and where; one row an event."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from app.errors import Invalid
from app.ingest.gdelt.articles import article_of, claim_of, sources_of
from app.ingest.gdelt.cameo_events import Act, act_of
from app.ingest.gdelt.columns import EVENTS_1, EVENTS_1_OLD, EVENTS_2
from app.ingest.gdelt.gdelt_actors import party_of
from app.ingest.gdelt.gdelt_dataset import DATASET
from app.ingest.gdelt.gdelt_places import COLUMNS as PLACE
from app.ingest.gdelt.gdelt_places import Place, place_of
from app.ingest.gdelt.gdelt_timestamps import read_day, read_id, read_moment_day
from app.ingest.gdelt.layouts import Layout, Table, first_lines, renamed
from app.ingest.gdelt.spreadsheet_damage import damage_of, undamaged
from app.ingest.reading.import_format import BadRow, FileContext, FileRow, ImportFormat, MappedEvent
from app.ingest.reading.text_lines import TextLines, read_tab_records
from app.ingest.report import RowFinding
from app.ingest.row_parsing.name_parsing import LONGEST_TEXT, make_single_line
from app.ingest.row_parsing.participant_builder import (
    ActingParty,
    list_party_actors,
    make_participants,
)

TABLE = Table(
    what="GDELT events",
    layouts=(
        Layout("2.0", EVENTS_2, ("Day",), ("DATEADDED",)),
        Layout("1.0", EVENTS_1, ("Day", "DATEADDED")),
        Layout("1.0 before April 2013", EVENTS_1_OLD, ("Day", "DATEADDED")),
    ),
    needed=frozenset(EVENTS_1_OLD),
    renamed=renamed(EVENTS_2, sqldate="Day"),
)
ROLES = ("initiator", "target")
QUAD_CLASSES = ("1", "2", "3", "4")
UNNAMED = "unnamed"

_SEMICOLONS = b"globaleventid;"


def recognises(head: bytes) -> str | None:
    """Why a file that begins so is GDELT's; Invalid for one that a spreadsheet has spoilt."""
    lines = first_lines(head)
    if damage := damage_of(lines):
        raise Invalid(damage)
    return TABLE.recognises(lines)


def read(lines: TextLines) -> Iterator[FileRow | RowFinding]:
    """The rows of any layout; Invalid for a file that a spreadsheet has spoilt."""
    if lines.peek().lower().startswith(_SEMICOLONS):
        beginning = ["".join(record.cells) for record in islice(read_tab_records(lines), 2)]
        raise Invalid(str(damage_of(beginning)))
    return undamaged(TABLE.read(lines))


def map_row(row: FileRow, context: FileContext) -> MappedEvent:
    """One row to one event, and one claim of GDELT's about it."""
    cells = row.cells
    external_id = read_id("GlobalEventID", cells["GlobalEventID"])
    day = read_day("Day", cells["Day"])
    added_on = read_moment_day("DATEADDED", cells["DATEADDED"])
    act = act_of(cells["EventCode"], cells["EventBaseCode"], cells["EventRootCode"])
    parties = [_party(cells, "Actor1"), _party(cells, "Actor2")]
    taking = [(party, role) for party, role in zip(parties, ROLES, strict=True) if party]
    place = place_of(tuple([cells[column] for column in PLACE]))
    article = article_of(cells.get("SOURCEURL", ""))
    return MappedEvent(
        event={
            "dataset": context.dataset,
            "external_id": external_id,
            "type": act.type,
            "title": _title(act, parties, place),
            "summary": _summary(act, cells),
            "date": day,
            "lifecycle": "occurred",
            "location": place and place.location,
            "participants": make_participants(taking),
            "details": None,
            "fatalities": None,
            "codes": _codes(cells, place),
            "tags": [],
            "verification_override": None,
        },
        claims={article.key: claim_of(article, added_on)},
        actors=list(list_party_actors(party for party, _ in taking)),
        sources=sources_of(article),
        warnings=_warnings(cells, act, place),
    )


def _party(cells: Mapping[str, str], actor: str) -> ActingParty | None:
    column = f"{actor}Code"
    code = cells[column]
    if not code:
        return None
    party = party_of(code)
    if party is None:
        raise BadRow(column, code, "this is no actor's code: parts of three letters, as in USAGOV")
    return party


def _title(act: Act, parties: list[ActingParty | None], place: Place | None) -> str:
    """Our words: the label of the type, who to whom, and where."""
    first, second = parties
    title = act.label
    if first or second:
        title += f": {first.actor.name if first else UNNAMED}"
    if second:
        title += f" → {second.actor.name}"
    if place and place.location["name"]:
        title += f", {place.location['name']}"
    return title if len(title) <= LONGEST_TEXT else make_single_line(title)


def _summary(act: Act, cells: Mapping[str, str]) -> str:
    """CAMEO's name of the act, and what the article calls the actors."""
    first, second = cells["Actor1Name"], cells["Actor2Name"]
    if not first and not second:
        return act.name
    return make_single_line(f"{act.name}: {first or UNNAMED}{f' → {second}' if second else ''}")


def _codes(cells: Mapping[str, str], place: Place | None) -> dict[str, str]:
    codes = {"cameo": cells["EventCode"]}
    if cells["QuadClass"]:
        codes["gdelt-quad"] = cells["QuadClass"]
    if place:
        codes.update(place.codes)
    return codes


def _warnings(cells: Mapping[str, str], act: Act, place: Place | None) -> list[Any]:
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
    recognises=recognises,
    read=read,
    map_row=map_row,
)
