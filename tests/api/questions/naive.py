"""The answers as the product says they are, found by looking at every record.

It knows the records as plain data and reads dates and words with `app.values`; the tables, the
compiler of questions and the judge of the application are not used.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import asin, cos, radians, sin, sqrt
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry import mapping

from app.values.dates import parse_date, parse_day
from app.values.ids import compute_order_key
from app.values.timestamps import parse_timestamp
from app.values.tokenizer import QueryTerm, parse_words, tokenize
from app.vocab.event_types import get_event_types
from tests.api.questions.filtering import Written, holds, lies_in
from tests.api.questions.judging import Judgement, judge, judge_by, made_day, order_made
from tests.api.questions.material import HIDDEN, SPELLINGS, VAULT
from tests.api.questions.records import (
    Claim,
    Content,
    Event,
    Records,
    Relation,
    told_in,
)
from tests.api.questions.rendering import claim_document, event_document, relation_document

Values = tuple[str, ...]
PLACED = {"exact", "city", "admin1"}
MOST_INCLUDED = 20
EARTH_RADIUS_KM = 6371.0088
_BETWEEN = re.compile("BETWEEN '[^']*' AND '[^']*'")
NAMING = ("actor", "actor_all", "dyad", "source")
"""The filters that name actors and sources."""


class Refused(Exception):
    """The caller names what it may not know of, or a range that holds nothing."""


@dataclass(frozen=True)
class Question:
    """A query: its parameters with their values, its time and its caller.

    `moment` is the number of a moment of the history, None the present; `caller` is
    `anonymous`, `granted` (sees the private dataset) or `admin`; `actor` stands in the path.
    """

    caller: str
    filters: Mapping[str, Values]
    sort: str = "-date"
    moment: int | None = None
    known_by: str | None = None
    include: Values = ()
    actor: str | None = None


class Seen:
    """One event as a question sees it: with the claims made by a day, or with all."""

    def __init__(self, records: Records, event: Event, known_by: str | None) -> None:
        self.records = records
        self.event = event
        self.day = None if known_by is None else parse_day(known_by)

    @cached_property
    def claims(self) -> list[Claim]:
        """The claims that count for the day."""
        claims = self.records.claims_of(self.event)
        return [each for each in claims if self.day is None or made_day(each) <= self.day]

    @cached_property
    def judgement(self) -> Judgement:
        """Return the verification that the claims support."""
        if self.day is None:
            return judge(self.event, self.claims, self.records.sources)
        return judge_by(self.event, self.claims, self.records.sources, self.day)

    @cached_property
    def document(self) -> Content:
        """The event as it is served."""
        return event_document(self.records.names, self.event, self.judgement, self.day)

    @cached_property
    def words(self) -> tuple[list[str], list[str], list[str]]:
        """The tokens of the title, of the names and of the summary."""
        content = self.event.content
        place = content["location"] or {}
        names = [place.get("name"), place.get("admin1")]
        names += [self.records.names[each["actor"]] for each in content["participants"]]
        return (
            tokenize(content["title"]),
            [token for name in names if name for token in tokenize(name)],
            tokenize(content["summary"] or ""),
        )

    @property
    def best(self) -> int | None:
        """The best estimate of the dead."""
        fatalities = self.document["fatalities"]
        return None if fatalities is None else fatalities["best"]

    @property
    def order(self) -> int:
        """Its place in the order of dates."""
        return compute_order_key(
            parse_date(self.event.content["date"]).earliest_day, UUID(self.event.id)
        )


class Naive:
    """Answers questions by looking at every record; keeps what it has derived."""

    def __init__(self, moments: Sequence[Records]) -> None:
        self.moments = moments
        self._seen: dict[tuple[int, str | None], list[Seen]] = {}

    def answer(self, question: Question) -> list[Content]:
        """The documents in order; Refused for what is hidden from the caller, or holds nothing."""
        number = question.moment if question.moment is not None else len(self.moments) - 1
        if _holds_nothing(question.filters) or _misnames(self.moments[number], question):
            raise Refused
        if question.caller == "anonymous":
            named = {value for values in question.filters.values() for value in values}
            # The ends of a range are words in an order, and name nothing.
            texts = _BETWEEN.sub("", "".join(question.filters.get("filter", ())))
            named |= {name for name in HIDDEN if re.search(f"['\"]{re.escape(name)}['\"]", texts)}
            if HIDDEN & {*named, question.actor}:
                raise Refused
        found = [each for each in self._all(question) if _holds(each, question)]
        name = question.sort.removeprefix("-")
        found.sort(
            key=lambda each: (SORTS[name](each, question.filters), each.order),
            reverse=question.sort.startswith("-"),
        )
        return [self._shown(each, question) for each in found]

    def told_by(self, question: Question) -> dict[str, set[str]]:
        """Of each event the sources of the claims that count, and those that they repeat."""
        return {each.event.id: told_in(each.claims) for each in self._all(question)}

    def _all(self, question: Question) -> list[Seen]:
        number = question.moment if question.moment is not None else len(self.moments) - 1
        key = (number, question.known_by)
        if key not in self._seen:
            records = self.moments[number]
            seen = [Seen(records, event, question.known_by) for event in records.events.values()]
            self._seen[key] = [each for each in seen if each.day is None or each.claims]
        return self._seen[key]

    def _shown(self, seen: Seen, question: Question) -> Content:
        document = dict(seen.document)
        if "claims" in question.include:
            latest = sorted(seen.claims, key=order_made, reverse=True)
            shown = [claim_document(each) for each in latest]
            document["claims"] = {**document["claims"], **_included(seen, "claims", shown)}
        if "relations" in question.include:
            shown = [
                relation_document(each)
                for each in sorted(
                    seen.records.relations.values(), key=lambda each: -each.state.created_at
                )
                if seen.event.id in seen.records.ends_of(each)
                and _shows(seen.records, each, question)
            ]
            document["relations"] = _included(seen, "relations", shown)
        return document


def _included(seen: Seen, name: str, shown: list[Content]) -> Content:
    more = f"/v1/events/{seen.event.id}/{name}" if len(shown) > MOST_INCLUDED else None
    return {"items": shown[:MOST_INCLUDED], "more": more}


def _shows(records: Records, relation: Relation, question: Question) -> bool:
    """Return whether the caller sees both ends."""
    datasets = {records.events[end].content["dataset"] for end in records.ends_of(relation)}
    return question.caller != "anonymous" or VAULT not in datasets


def _holds(seen: Seen, question: Question) -> bool:
    if question.caller == "anonymous" and seen.event.content["dataset"] == VAULT:
        return False
    if question.actor is not None:
        roles = question.filters.get("role", ())
        if not _takes_part(seen, question.actor, roles):
            return False
    filters = question.filters
    return all(FILTERS[name](seen, values, filters) for name, values in filters.items())


def _holds_nothing(filters: Mapping[str, Values]) -> bool:
    """Return whether two bounds leave nothing between them."""
    if {"since", "until"} <= filters.keys() and filters["since"] >= filters["until"]:
        return True
    least, most = (filters.get(f"fatalities_{name}", ("",)) for name in ("min", "max"))
    return least != ("",) != most and int(least[0]) > int(most[0])


def _misnames(records: Records, question: Question) -> bool:
    """Return whether a name is unknown at that time, or a dyad has the same actor twice."""
    named = [each for name in NAMING for each in question.filters.get(name, ())]
    named += [question.actor] if question.actor else []
    naming = records.naming
    dyad = question.filters.get("dyad", ())
    return any(naming.meant(each) is None for each in named) or naming.mean_the_same(dyad)


def _takes_part(seen: Seen, actor: str, roles: Values) -> bool:
    """Return whether one participant is the actor or acts for it, in one of the roles."""
    meant = seen.records.naming.meant(actor)
    return any(
        meant in (each["actor"], each["for"]) and (not roles or each["role"] in roles)
        for each in seen.event.content["participants"]
    )


def _any_actor(seen: Seen, values: Values, filters: Mapping[str, Values]) -> bool:
    return any(_takes_part(seen, each, filters.get("role", ())) for each in values)


def _all_actors(seen: Seen, values: Values, filters: Mapping[str, Values]) -> bool:
    return all(_takes_part(seen, each, filters.get("role", ())) for each in values)


def _role(seen: Seen, values: Values, filters: Mapping[str, Values]) -> bool:
    if {"actor", "actor_all", "dyad"} & filters.keys():
        return True
    return any(each["role"] in values for each in seen.event.content["participants"])


def _since(seen: Seen, values: Values, filters: Mapping[str, Values]) -> bool:
    date, day = parse_date(seen.event.content["date"]), parse_day(values[0])
    if filters.get("date_match") == ("certain",):
        return date.certain and date.earliest_day >= day
    return date.latest_on is None or date.latest_day >= day


def _until(seen: Seen, values: Values, filters: Mapping[str, Values]) -> bool:
    date, day = parse_date(seen.event.content["date"]), parse_day(values[0])
    if filters.get("date_match") == ("certain",):
        return date.certain and date.latest_day < day
    return date.earliest_on is None or date.earliest_day < day


def _dot(seen: Seen) -> tuple[float, float] | None:
    place = seen.event.content["location"]
    if place is None or place["precision"] not in PLACED or place["longitude"] is None:
        return None
    return place["longitude"], place["latitude"]


def _in_box(seen: Seen, values: Values, _: Mapping[str, Values]) -> bool:
    dot = _dot(seen)
    if dot is None:
        return False
    west, south, east, north = map(float, values[0].split(","))
    longitudes = {-180.0, 180.0} if abs(dot[0]) == 180 else {dot[0]}
    if west <= east:
        across = any(west <= each <= east for each in longitudes)
    else:
        across = any(each >= west or each <= east for each in longitudes)
    return across and south <= dot[1] <= north


def _near(seen: Seen, values: Values, _: Mapping[str, Values]) -> bool:
    dot = _dot(seen)
    if dot is None:
        return False
    longitude, latitude, km = map(float, values[0].split(","))
    up, other_up = radians(latitude), radians(dot[1])
    along = sin(radians(dot[0] - longitude) / 2) ** 2
    haversine = sin((other_up - up) / 2) ** 2 + cos(up) * cos(other_up) * along
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(haversine))) <= km + 1e-8


def _filter(seen: Seen, values: Values, _: Mapping[str, Values]) -> bool:
    (value,) = values
    assert isinstance(value, Written), "a filter is written from its tree"
    return holds(value.tree, seen) is True


def _within(seen: Seen, values: Values, _: Mapping[str, Values]) -> bool:
    dot = _dot(seen)
    if dot is None:
        return False
    text = values[0]
    area = json.loads(text) if text.startswith("{") else mapping(shapely.from_wkt(text))
    return lies_in(area, *dot)[0]


def _words(seen: Seen, values: Values, filters: Mapping[str, Values]) -> bool:
    places: list[Sequence[Sequence[str]]]
    places = [seen.words]
    if filters.get("q_in") == ("claims",):
        places += [(tokenize(each.content["paraphrase"]),) for each in seen.claims]
    return any(_answers(values[0], segments) for segments in places)


def _answers(query: str, segments: Sequence[Sequence[str]]) -> bool:
    return all(
        any(_found(term, segment) for segment in segments) != term.excluded
        for term in parse_words(query).terms
    )


def _found(term: QueryTerm, segment: Sequence[str]) -> bool:
    """Return whether the tokens stand in the segment one after the other."""
    *first, last = term.tokens
    for start in range(len(segment) - len(first)):
        end = segment[start + len(first)]
        whole = end.startswith(last) if term.prefix else end == last
        if whole and list(segment[start : start + len(first)]) == first:
            return True
    return False


def _relevance(seen: Seen, filters: Mapping[str, Values]) -> int:
    points = 0
    for term in parse_words(filters["q"][0]).terms:
        if not term.excluded:
            worths = zip((4, 2, 1), seen.words, strict=True)
            points += next((worth for worth, each in worths if _found(term, each)), 0)
    return points


def _code(seen: Seen, values: Values, _: Mapping[str, Values]) -> bool:
    return any(f"{name}:{code}" in values for name, code in seen.event.content["codes"].items())


def _source(seen: Seen, values: Values, _: Mapping[str, Values]) -> bool:
    """With `known_by` only the claims made by then tell of an event, here as everywhere."""
    meant = {seen.records.naming.meant(each) for each in values}
    return any({each.content["source"], each.content["origin"]} & meant for each in seen.claims)


def _country(seen: Seen, values: Values, _: Mapping[str, Values]) -> bool:
    place = seen.event.content["location"] or {"country": None}
    return place["country"] in {SPELLINGS.get(value, value) for value in values}


def _among(name: str) -> Callable[[Seen, Values, Mapping[str, Values]], bool]:
    return lambda seen, values, _: seen.document[name] in values


Filter = Callable[[Seen, Values, Mapping[str, Values]], Any]
FILTERS: Mapping[str, Filter] = {
    **{
        name: _among(name)
        for name in ("id", "type", "lifecycle", "verification", "dataset", "external_id")
    },
    "category": lambda seen, values, _: get_event_types()[seen.document["type"]].category in values,
    "q": _words,
    "country": _country,
    "actor": _any_actor,
    "actor_all": _all_actors,
    "dyad": _all_actors,
    "role": _role,
    "since": _since,
    "until": _until,
    "date_match": lambda seen, values, _: True,
    "q_in": lambda seen, values, _: True,
    "bbox": _in_box,
    "near": _near,
    "within": _within,
    "filter": _filter,
    "source": _source,
    "tag": lambda seen, values, _: {*values} & {*seen.event.content["tags"]},
    "code": _code,
    "fatalities_min": lambda seen, values, _: seen.best is not None and seen.best >= int(values[0]),
    "fatalities_max": lambda seen, values, _: seen.best is not None and seen.best <= int(values[0]),
    "updated_since": lambda seen, values, _: (
        seen.event.state.updated_at >= parse_timestamp(values[0])
    ),
}

SORTS: Mapping[str, Callable[[Seen, Mapping[str, Values]], Any]] = {
    "date": lambda seen, _: 0,
    "updated_at": lambda seen, _: seen.event.state.updated_at,
    "fatalities": lambda seen, _: -1 if seen.best is None else seen.best,
    "title": lambda seen, _: seen.event.content["title"].encode(),
    "relevance": _relevance,
}
