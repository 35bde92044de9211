"""Matches of an event in other datasets: candidates by the indexes, then scored one by one.

The cost per event is bounded: there are few queries, and each walks an index between two days and
fetches at most `MOST_CANDIDATES` rows. The result says if that was not enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from app.db.database import Database
from app.db.limits.request_limits import map_in_worker
from app.matching.score import PROVINCE_FACTOR, EventComparison, MatchWindow, compare_events
from app.query.execute import fetch_first
from app.query.filters.column_filters import NamesEvent
from app.query.params import QueryModel
from app.query.record_query import RecordQuery, build_query
from app.query.redirects import fetch_winners
from app.record.document import decode_document
from app.resources.events.resource_type import EVENTS
from app.resources.matches.query import CandidateQuery
from app.resources.relations.resource_type import RELATIONS
from app.values.caller import Caller
from app.values.dates import OPEN_END, parse_date
from app.values.geo_grid import Circle
from app.vocab.closed_lists import get_placed_precisions

MOST_CANDIDATES = 500
MOST_RELATIONS = 1000
MOST_ACTORS = 6
LAST_DAY = date.max.toordinal()

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MatchCriteria:
    """The datasets to search (None is all others), the window, and the least score."""

    datasets: Sequence[str] | None = None
    window: MatchWindow = field(default_factory=MatchWindow)
    min_score: float = 0.5


@dataclass(frozen=True, slots=True)
class ScoredMatch:
    """A candidate with its score, and the id of a relation `same-as` to it, if there is one."""

    event: Document
    comparison: EventComparison
    relation: str | None


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The matches of an event, the best first, the number of candidates, and if that is all."""

    matches: Sequence[ScoredMatch] = field(default_factory=tuple)
    considered: int = 0
    complete: bool = True


async def find_matches(
    database: Database, caller: Caller, event: Document, wanted: MatchCriteria
) -> MatchResult:
    """Compare an event with every candidate that its day leads to by place, country or actor."""
    candidates: dict[str, Document] = {}
    complete = len(_list_actors(event)) <= MOST_ACTORS
    for query in _build_candidate_queries(event, wanted):
        asked = build_query(EVENTS, query, caller, are_names_resolved=True)
        page = await fetch_first(database, asked, MOST_CANDIDATES)
        complete = complete and page.next_key is None
        candidates |= {
            document["id"]: document for document in map(decode_document, page.documents)
        }
    compared = await map_in_worker(
        list(candidates.values()), lambda each: (each, compare_events(event, each, wanted.window))
    )
    alike = [match for match in compared if match[1].score >= wanted.min_score]
    alike.sort(key=lambda match: (-match[1].score, match[0]["id"]))
    known = await _load_same_as_relations(database, caller, event) if alike else {}
    matches = [ScoredMatch(each, comparison, known.get(each["id"])) for each, comparison in alike]
    return MatchResult(matches, len(candidates), complete)


def render_match(match: ScoredMatch) -> dict[str, Any]:
    """Render a match as it is answered."""
    event = match.event
    return {
        "event": event["id"],
        **{name: event[name] for name in ("dataset", "title", "date")},
        **explain_score(match.comparison),
        "relation": match.relation,
    }


def explain_score(comparison: EventComparison) -> dict[str, Any]:
    """Render a score with its components."""
    return {
        "score": comparison.score,
        "reason": comparison.reason,
        "components": [
            {
                "name": component.name,
                "weight": component.weight,
                "value": None if component.value is None else round(component.value, 3),
                "reason": component.reason,
            }
            for component in comparison.components
        ],
    }


def _build_candidate_queries(event: Document, wanted: MatchCriteria) -> Iterator[CandidateQuery]:
    """Yield the queries that find candidates, each by an index of its own."""
    day, window = parse_date(event["date"]), wanted.window
    until = LAST_DAY if day.latest_day == OPEN_END else day.latest_day + window.days + 1
    frame = {
        "dataset": list(wanted.datasets) if wanted.datasets else None,
        "other_than": event["dataset"],
        "within": (max(day.earliest_day - window.days, 1), min(until, LAST_DAY)),
    }
    place = event["location"] or {}
    if place.get("longitude") is not None and place["precision"] in get_placed_precisions():
        reach = window.km * PROVINCE_FACTOR
        near = Circle(place["longitude"], place["latitude"], reach)
        yield CandidateQuery(**frame, near=near)
        if place["country"]:
            yield CandidateQuery(**frame, country=[place["country"]], unplaced=True)
    elif place.get("country"):
        yield CandidateQuery(**frame, country=[place["country"]])
    for actor in _list_actors(event)[:MOST_ACTORS]:
        yield CandidateQuery(**frame, actor=actor)


def _list_actors(event: Document) -> list[str]:
    named = (
        participant[side] for participant in event["participants"] for side in ("actor", "for")
    )
    return list(dict.fromkeys(filter(None, named)))


async def _load_same_as_relations(
    database: Database, caller: Caller, event: Document
) -> dict[str, str]:
    """Load the relations `same-as` of an event, by the event at their other end."""
    own = UUID(event["id"])
    of_event = NamesEvent("event_id", "to_event_id").lower(QueryModel(), "event", own)
    page = await fetch_first(database, RecordQuery(RELATIONS, caller, [of_event]), MOST_RELATIONS)
    same = [
        relation
        for relation in map(decode_document, page.documents)
        if relation["type"] == "same-as"
    ]
    ends = {UUID(relation[end]) for relation in same for end in ("from", "to")}
    winners = await fetch_winners(database, caller, sorted(ends), None)
    return {
        str(winners.get(UUID(relation[end]), relation[end])): relation["id"]
        for relation in same
        for end in ("from", "to")
    }
