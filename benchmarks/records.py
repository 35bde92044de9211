"""The measured data: generated, always the same, and as skewed as the field's own data is.

A few countries, types and actors have most of the events, recent years have more than early
ones, and a share of the events has a claim. A document has about 1,030 bytes and 2.05
participants.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from random import Random
from uuid import UUID

from app.db.transaction import Transaction
from app.record.bulk_save import NewEvent, NewEventRows
from app.record.content import (
    ClaimContent,
    EventContent,
    FatalitiesContent,
    LocationContent,
    ParticipantContent,
)
from app.record.event_rows import SaveContext
from app.record.load import load_events
from app.record.save import EventChange, save_events
from app.record.verification import SourceProfile
from app.resources.actors.schemas import ActorCreate
from app.resources.actors.seeding import seed_actors
from app.resources.actors.service import create_actor
from app.resources.datasets.schemas import DatasetCreate
from app.resources.datasets.service import create_dataset
from app.resources.sources.schemas import SourceCreate
from app.resources.sources.service import create_source
from app.resources.vocab.service import seed_event_types
from app.values.caller import OPERATOR
from app.values.ids import make_claim_id, make_record_id
from app.vocab.countries import get_countries
from app.vocab.event_types import get_event_types

DATASET = "measured"
SEED = 20_240_612
GROUPS = 400
SOURCES = 40
FIRST_DAY = date(1989, 1, 1)
DAYS = 13_149
"""Days from the first to the last: 1989 to 2024."""

CLAIMED = 0.3
PLACED = 0.8
ROUGH = 0.04
"""Shares of the events: with a claim, with coordinates, with a date that is only a month."""

TAKING_PART = ((1, 2, 3, 4), (20, 60, 15, 5))
"""Numbers of participants, and the events of a hundred with each number."""

_TEXT = """
troops government border forces police protest rebels attack talks ceasefire
minister president killed wounded army village town district clashes militia
security council sanctions statement agreement missile launch exercise
delegation visit summit embassy shelling artillery drone strike convoy
checkpoint prisoners hostages election opposition demonstrators capital province
offensive withdrawal deployment reinforcements patrol ambush explosion bomb
market school hospital refugees camp aid humanitarian corridor negotiators
mediator envoy foreign defence ministry spokesman condemned denied accused
demanded warned announced signed rejected suspended resumed trade energy
pipeline port airport railway bridge river mountain valley coast island strait
naval vessel fishing submarine aircraft fighter helicopter radar satellite
nuclear reactor enrichment inspectors treaty protocol parliament court tribunal
investigation report witnesses officials residents sources local regional
national international united nations union league observers mission
peacekeepers mandate
"""
WORDS = _TEXT.split()


def seed(write: Transaction) -> None:
    """Insert the records that the events refer to: types, actors, sources and the dataset."""
    seed_event_types(write)
    seed_actors(write)
    title = "Events made up to be measured"
    create_dataset(write, OPERATOR, DatasetCreate(slug=DATASET, title=title, visibility="public"))
    for number in range(GROUPS):
        group = {"slug": _group(number), "kind": "armed-group", "name": f"Armed Group {number}"}
        create_actor(write, OPERATOR, ActorCreate.model_validate(group))
    for number in range(SOURCES):
        source = {"slug": _make_source(number), "kind": "newspaper", "name": f"Daily {number}"}
        create_source(write, OPERATOR, SourceCreate.model_validate(source))


def rendered(
    numbers: range, driver: str, names: Mapping[str, str], facts: Mapping[str, SourceProfile]
) -> tuple[dict[str, bytes], int]:
    """Return the events with these numbers as an import renders them, and the number of changes."""
    fresh = NewEventRows(driver, None)
    context = SaveContext(names, facts)
    for number, (content, claim) in zip(numbers, contents(numbers), strict=True):
        id = event_id_of(content)
        row = {
            "dataset": DATASET,
            "format": DATASET,
            "mapper_version": 1,
            "row_hash": f"{number:032x}",
            "row": "{}",
            "mapped": "{}",
            "removed_revision": None,
        }
        claims = {} if claim is None else {make_claim_id(id, "1"): claim}
        fresh.add(NewEvent(id, content, claims, row), context)
    return fresh.pack_tables(), fresh.changes


def revise(write: Transaction, numbers: range) -> None:
    """Give the events with these numbers other titles, as a new release would."""
    ids = [event_id_of(content) for content, _ in contents(numbers)]
    stored = load_events(write.connection, ids)
    changes = []
    for event in stored.values():
        content: EventContent = {**event.content, "title": f"{event.content['title']} again"}
        revision = event.revision + 1
        changes.append(EventChange("updated", event.id, event, content, revision, event.created_at))
    save_events(write, changes)


def contents(numbers: range) -> Iterator[tuple[EventContent, ClaimContent | None]]:
    """Yield the events with these numbers, some with a claim; each depends on its number alone."""
    for number in numbers:
        random = Random(SEED + number)
        content = _make_event(random, number)
        claimed = random.random() < CLAIMED
        yield content, _claim(random, content) if claimed else None


def event_id_of(content: EventContent) -> UUID:
    """Return the id of an event, which follows from its dataset and external id."""
    assert content["external_id"] is not None
    return make_record_id(DATASET, content["external_id"])


@dataclass(frozen=True)
class _Skewed:
    """Values of which the nth is drawn in proportion to n to the power of minus `slope`."""

    values: Sequence[str]
    bounds: Sequence[float]

    @classmethod
    def of(cls, values: Sequence[str], slope: float) -> "_Skewed":
        shuffled = sorted(values)
        Random(SEED).shuffle(shuffled)
        weights = ((place + 1) ** -slope for place in range(len(shuffled)))
        return cls(shuffled, list(accumulate(weights)))

    def choose(self, random: Random, count: int = 1) -> list[str]:
        return random.choices(self.values, cum_weights=self.bounds, k=count)


@cache
def _list_places() -> _Skewed:
    return _Skewed.of(list(get_countries()), 1.0)


@cache
def _list_types() -> _Skewed:
    return _Skewed.of(list(get_event_types()), 0.8)


@cache
def _list_groups() -> _Skewed:
    return _Skewed.of([_group(number) for number in range(GROUPS)], 0.7)


@cache
def _list_words() -> _Skewed:
    return _Skewed.of(WORDS, 0.6)


@cache
def _find_center(country: str) -> tuple[float, float]:
    random = Random(f"{SEED}{country}")
    return random.uniform(-160, 160), random.uniform(-50, 65)


def _make_event(random: Random, number: int) -> EventContent:
    (country,) = _list_places().choose(random)
    (kind,) = _list_types().choose(random)
    violent = get_event_types()[kind].category == "conflict"
    sentence = " ".join(_list_words().choose(random, random.randint(4, 9)))
    return {
        "dataset": DATASET,
        "external_id": f"M{number:09d}",
        "type": kind,
        "title": sentence.capitalize(),
        "summary": " ".join(_list_words().choose(random, random.randint(0, 10))) or None,
        "date": _date(random),
        "lifecycle": "occurred",
        "location": _make_location(random, country),
        "participants": _make_participants(random, country),
        "details": None,
        "fatalities": _make_fatalities(random) if violent else None,
        "codes": {"cameo": f"{random.randint(1, 20):02d}{random.randint(0, 9)}"},
        "tags": ["priority"] if random.random() < 0.02 else [],
        "verification_override": None,
    }


def _date(random: Random) -> str:
    day = FIRST_DAY + timedelta(days=int(DAYS * random.random() ** 0.4))
    return f"{day:%Y-%m}" if random.random() < ROUGH else day.isoformat()


def _make_location(random: Random, country: str) -> LocationContent:
    longitude, latitude = _find_center(country)
    placed = random.random() < PLACED
    return {
        "name": f"{random.choice(WORDS).capitalize()}abad" if placed else None,
        "country": country,
        "admin1": None,
        "longitude": round(longitude + random.gauss(0, 2), 4) if placed else None,
        "latitude": round(latitude + random.gauss(0, 2), 4) if placed else None,
        "precision": "city" if placed else "country",
    }


def _make_participants(random: Random, country: str) -> list[ParticipantContent]:
    (count,) = random.choices(TAKING_PART[0], TAKING_PART[1])
    others = [*_list_places().choose(random, 2), *_list_groups().choose(random, 2)]
    random.shuffle(others)
    actors = list(dict.fromkeys([country, *others]))[:count]
    roles = ["initiator", "target", "observer", "observer"]
    return [
        {"actor": actor, "for": None, "role": role}
        for actor, role in zip(actors, roles, strict=False)
    ]


def _make_fatalities(random: Random) -> FatalitiesContent:
    best = int(random.paretovariate(1.2)) - 1
    return {"low": best // 2, "best": best, "high": best + best // 2}


def _claim(random: Random, content: EventContent) -> ClaimContent:
    return {
        "external_id": "1",
        "stance": "denies" if random.random() < 0.1 else "affirms",
        "source": _make_source(random.randrange(SOURCES)),
        "speaker": None,
        "origin": None,
        "made_on": content["date"],
        "paraphrase": " ".join(_list_words().choose(random, 12)).capitalize(),
        "url": None,
        "language": "en",
        "basis": "media-report",
        "credibility": random.randint(1, 6),
        "retracted_on": None,
        "about": None,
        "value": None,
    }


def _group(number: int) -> str:
    return f"armed-group-{number}"


def _make_source(number: int) -> str:
    return f"daily-{number}"
