"""Index rows: the rows by which an event is found, derived from its document and its claims."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Table

from app.models.events import (
    LONG_DAYS,
    NO_FATALITIES,
    event_terms,
    event_texts,
    known_statuses,
    participants,
)
from app.record.content import ClaimContent
from app.record.known_by import KnownStatus, compute_first_made_day
from app.record.verification import ClaimStatement, compute_made_day
from app.values.dates import OPEN_END, OPEN_START, parse_date
from app.values.geo_grid import CELL_SIZES, compute_cell, make_unit_vector
from app.values.tokenizer import EventTokens, tokenize
from app.vocab.closed_lists import encode_roles, get_placed_precisions

Row = dict[str, Any]


class IndexSource(NamedTuple):
    """An event's document, the claims about it, and what was known on each day."""

    document: dict[str, Any]
    statements: Sequence[ClaimStatement]
    known: Sequence[KnownStatus]


@dataclass(frozen=True, slots=True)
class IndexRows:
    """One event's index rows, without its id, its order key, and its position."""

    earliest_day: int
    event: Row
    children: Mapping[Table, list[Row]]

    @property
    def words(self) -> EventTokens:
        """The searchable words."""
        words: EventTokens = self.children[event_texts][0]["words"]
        return words


def index_event(
    document: dict[str, Any], statements: Sequence[ClaimStatement], known: Sequence[KnownStatus]
) -> IndexRows:
    """Derive the index rows of one event."""
    date = parse_date(document["date"])
    fatalities = document["fatalities"] or {}
    best = fatalities.get("best")
    event = {
        "roles": encode_roles(taking["role"] for taking in document["participants"]),
        "latest_day": date.latest_day,
        "first_made_day": compute_first_made_day(statements),
        "fatalities_best": NO_FATALITIES if best is None else best,
        "is_long": int(date.latest_day - date.earliest_day > LONG_DAYS),
        "is_certain": int(date.certain),
        "external_id": document["external_id"],
        **{key: document[key] for key in _COPIED_COLUMNS},
        **_make_place_columns(document["location"]),
    }
    source = IndexSource(document, statements, known)
    children = {table: make_rows(source) for table, make_rows in _CHILD_ROWS.items()}
    return IndexRows(date.earliest_day, event, children)


_COPIED_COLUMNS = ("dataset", "type", "category", "lifecycle", "verification", "title")


def _make_place_columns(location: dict[str, Any] | None) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(
        ("country", "longitude", "latitude", "x", "y", "z", "cell_1", "cell_5", "cell_20")
    )
    if location is None:
        return row
    row["country"] = location["country"]
    longitude, latitude = location["longitude"], location["latitude"]
    if (
        longitude is None
        or latitude is None
        or location["precision"] not in get_placed_precisions()
    ):
        return row
    # 180 and -180 are the same meridian: it is stored as -180, which boxes look for.
    row["longitude"], row["latitude"] = (-180.0 if longitude == 180 else longitude), latitude
    row["x"], row["y"], row["z"] = make_unit_vector(longitude, latitude)
    for size in CELL_SIZES:
        row[f"cell_{size}"] = compute_cell(longitude, latitude, size)
    return row


def _make_participant_rows(source: IndexSource) -> list[Row]:
    roles: dict[str, set[str]] = {}
    for taking in source.document["participants"]:
        for actor in (taking["actor"], taking["for"]):
            if actor is not None:
                roles.setdefault(actor, set()).add(taking["role"])
    return [{"actor": actor, "roles": encode_roles(names)} for actor, names in roles.items()]


def _make_term_rows(source: IndexSource) -> list[Row]:
    document = source.document
    found = [("tag", tag) for tag in document["tags"]]
    found += [("code", f"{scheme}:{code}") for scheme, code in document["codes"].items()]
    found += [
        ("source", slug)
        for statement in source.statements
        for slug in (statement.source, statement.origin)
        if slug
    ]
    return [{"kind": kind, "term": term} for kind, term in sorted(set(found))]


def _make_text_rows(source: IndexSource) -> list[Row]:
    document = source.document
    location = document["location"] or {}
    names = [location.get("name"), location.get("admin1")]
    names += [taking["name"] for taking in document["participants"]]
    words = EventTokens(
        title=tuple(tokenize(document["title"])),
        names=tuple(token for name in names if name for token in _tokenize_name(name)),
        summary=tuple(tokenize(document["summary"] or "")),
    )
    return [{"words": words}]


@lru_cache(maxsize=16_384)
def _tokenize_name(name: str) -> list[str]:
    """Return the tokens of the name of a place or an actor; a few names make up many events."""
    return tokenize(name)


def _make_known_rows(source: IndexSource) -> list[Row]:
    return [_make_known_row(known) for known in source.known]


def _make_known_row(known: KnownStatus) -> Row:
    fatalities = known.fatalities or {"low": None, "best": None, "high": None}
    best = fatalities["best"]
    return {
        "from_day": known.from_day,
        "until_day": known.until_day,
        "verification": known.verdict.status,
        "rule": known.verdict.rule,
        "reason": known.verdict.reason,
        "affirming": known.verdict.affirming,
        "denying": known.verdict.denying,
        "independent": known.verdict.independent,
        "fatalities_low": fatalities["low"],
        "fatalities_best": NO_FATALITIES if best is None else best,
        "fatalities_high": fatalities["high"],
    }


_CHILD_ROWS: Mapping[Table, Callable[[IndexSource], list[Row]]] = {
    participants: _make_participant_rows,
    event_terms: _make_term_rows,
    event_texts: _make_text_rows,
    known_statuses: _make_known_rows,
}
CHILD_TABLES: tuple[Table, ...] = tuple(_CHILD_ROWS)
"""The tables with any number of rows for each event, all derived: a new one is added above."""


def make_claim_columns(content: ClaimContent) -> dict[str, Any]:
    """Return the columns by which a claim is found; an unknown day sorts as the smallest."""
    day = compute_made_day(content)
    speaker = content["speaker"] or {"actor": None, "title": None, "speaks_for": None}
    whole: Mapping[str, Any] = content
    return {
        "made_day": OPEN_START if day == OPEN_END else day,
        "is_retracted": int(content["retracted_on"] is not None),
        "speaker": speaker["actor"],
        "speaks_for": speaker["speaks_for"],
        **{key: whole[key] for key in _COPIED_CLAIM_COLUMNS},
    }


def make_claim_text(content: ClaimContent) -> dict[str, Any]:
    """Return the searchable words of a claim, and the day by which it had been made."""
    day = compute_made_day(content)
    return {
        "made_day": OPEN_START if day == OPEN_END else day,
        "words": EventTokens(title=(), names=(), summary=tuple(tokenize(content["paraphrase"]))),
    }


_COPIED_CLAIM_COLUMNS = (
    "credibility",
    "stance",
    "basis",
    "source",
    "origin",
    "about",
    "language",
    "external_id",
)
