"""Questions from one seed: combinations of filters that mostly have an answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as date_type
from datetime import timedelta
from itertools import cycle
from random import Random

from app.values.dates import parse_date
from app.values.tokenizer import parse_words
from app.vocab.event_types import get_event_types
from tests.api.questions import material
from tests.api.questions.filters import a_filter, an_area
from tests.api.questions.history import History
from tests.api.questions.naive import FILTERS, SORTS, Question, Values
from tests.api.questions.playing import CALLERS
from tests.api.questions.records import Event, sources_of

VERIFICATIONS = ("unverified", "alleged", "disputed", "denied", "confirmed", "refuted")
CATEGORIES = ("diplomacy", "military", "conflict", "statement", "provocation")
ASKED = (*(name for name in FILTERS if name not in ("date_match", "q_in")), "q")
WORDS_MOST = 3
FAMILY = 5
PLAIN_ORDERS = tuple(name for name in SORTS if name != "relevance")


def make_questions(seed: int, history: History, number: int) -> list[Question]:
    """The same questions for the same seed, in families that differ in their values alone.

    The application makes the SQL of a family once; to make it is what takes the most time.
    """
    random = Random(seed)
    turns = _Turns.begin(random)
    families = [_family(random, history, turns) for _ in range(-(-number // FAMILY))]
    return [question for family in families for question in family][:number]


@dataclass(frozen=True)
class _Frame:
    """The parts that all queries of a family share."""

    caller: str
    names: tuple[str, ...]
    date_match: Values
    q_in: Values
    sort: str
    of_the_past: bool
    of_a_day: bool
    include: Values
    of_an_actor: bool


@dataclass(frozen=True)
class _Turns:
    """Parts that families take in turn, so that every seed has each of them often enough."""

    names: Iterator[str]
    orders: Iterator[str]
    relevance: Iterator[str]

    @classmethod
    def begin(cls, random: Random) -> "_Turns":
        """Every turn, in an order of the seed's own."""
        orders = [sign + name for name in PLAIN_ORDERS for sign in ("", "-")]
        names, mixed = (random.sample(each, len(each)) for each in (list(ASKED), orders))
        return cls(cycle(names), cycle(mixed), cycle(("relevance", "-relevance")))

    def filters(self, random: Random) -> tuple[str, ...]:
        """Mostly the one whose turn it is, often with others; seldom none."""
        if random.random() < 0.1:
            return ()
        name = next(self.names)
        others = [other for other in ASKED if other != name]
        return (name, *random.sample(others, random.choice((0, 0, 0, 1, 1, 2, 3, 4))))

    def order(self, random: Random, names: Sequence[str]) -> str:
        """Relevance mostly, where words are sought."""
        by_relevance = "q" in names and random.random() < 0.9
        return next(self.relevance if by_relevance else self.orders)


def _family(random: Random, history: History, turns: _Turns) -> Iterator[Question]:
    names = turns.filters(random)
    frame = _Frame(
        caller=random.choice(CALLERS),
        names=names,
        date_match=random.choice(((), ("possible",), ("certain",), ("certain",))),
        q_in=random.choice(((), ("claims",), ("claims",), ("events",))),
        sort=turns.order(random, names),
        of_the_past=random.random() < 0.7,
        of_a_day=random.random() < 0.33,
        include=random.choice(((),) * 5 + (("claims",), ("relations",), ("claims", "relations"))),
        of_an_actor=random.random() < 0.08,
    )
    for _ in range(FAMILY):
        yield _question(random, history, frame)


def _question(random: Random, history: History, frame: _Frame) -> Question:
    moment = random.randrange(len(history.moments)) if frame.of_the_past else None
    records = history.moments[-1 if moment is None else moment].records
    event = random.choice(list(records.events.values()))
    asked = {name: VALUES[name](random, event) for name in frame.names}
    filters = {name: values for name, values in asked.items() if values}
    if frame.date_match and {"since", "until"} & filters.keys():
        filters["date_match"] = frame.date_match
    if frame.q_in and "q" in filters:
        filters["q_in"] = frame.q_in
    taking = [each["actor"] for each in event.content["participants"]]
    return Question(
        caller=frame.caller,
        filters=filters,
        sort=frame.sort,
        moment=moment,
        known_by=random.choice(material.KNOWN_DAYS) if frame.of_a_day else None,
        include=frame.include,
        actor=random.choice([*taking, "PRK"]) if frame.of_an_actor else None,
    )


def _some(random: Random, here: Sequence[str], anywhere: Sequence[str]) -> Values:
    """Mostly a value of the event at hand, sometimes any, sometimes several."""
    found = [random.choice(here)] if here and random.random() < 0.8 else []
    while len(found) < random.choice((1, 1, 1, 2, 3)):
        found.append(random.choice(anywhere))
    return tuple(dict.fromkeys(found))


def _words(random: Random, event: Event) -> Values:
    content = event.content
    texts = [content["title"], content["title"], content["summary"] or content["title"]]
    texts += [(content["location"] or {}).get("name") or "", *material.TITLE_PARTS[:3]]
    terms = []
    for _ in range(random.choice((1, 1, 2, WORDS_MOST))):
        pieces = random.choice(texts).replace('"', "").split() or ["visit"]
        start = random.randrange(len(pieces))
        word = pieces[start].lstrip("-")
        terms.append(random.choice((word, word, word[: random.randint(1, 4)] + "*")))
        if random.random() < 0.2:
            terms[-1] = f'"{" ".join(pieces[start : start + 3])}"'
        if random.random() < 0.2:
            terms[-1] = f"-{random.choice(('visit', 'F-16', 'KN*', '会談', 'zzz'))}"
    try:
        parse_words(" ".join(terms))
    except ValueError:  # nothing but marks and what is excluded
        terms.append("visit")
    return (" ".join(terms),)


def _actors(random: Random, event: Event) -> list[str]:
    here = [
        actor for each in event.content["participants"] for actor in (each["actor"], each["for"])
    ]
    spelt = [other for other, meant in material.SPELLINGS.items() if meant in here]
    return [*filter(None, here), *random.sample(spelt, min(len(spelt), 1))]


def _any_actors(random: Random, event: Event) -> Values:
    anywhere = (*material.ACTORS, *material.STATES, *material.NAMES)
    return _some(random, _actors(random, event), anywhere)


def _all_actors(random: Random, event: Event) -> Values:
    here = _actors(random, event)
    return tuple(dict.fromkeys(random.choices(here, k=2))) if here else ("PRK",)


def _dyad(random: Random, event: Event) -> Values:
    slugs = [slug for slug in _actors(random, event) if slug not in material.SPELLINGS]
    here = list(dict.fromkeys([*slugs, "PRK", "RUS"]))
    return tuple(here[:2])


def _country(random: Random, event: Event) -> Values:
    country = (event.content["location"] or {}).get("country")
    spelt = [other for other, meant in material.SPELLINGS.items() if meant == country]
    return _some(random, [*spelt, country] if country else [], material.STATES)


def _since(random: Random, event: Event) -> Values:
    date = parse_date(event.content["date"])
    known = [each.isoformat() for each in (date.earliest_on, date.latest_on) if each]
    return (random.choice([*known, *known, "2024-06-18", "2024-05-18", "0001-01-01"]),)


def _until(random: Random, event: Event) -> Values:
    """The end is not part of the range, so that the day after a date is what just holds it."""
    date = parse_date(event.content["date"])
    known = [each for each in (date.earliest_on, date.latest_on) if each and each < date_type.max]
    after = [(each + timedelta(1)).isoformat() for each in known]
    return (random.choice([*after, *after, "2024-06-18", "2024-06-19", "9999-12-31"]),)


def _box(random: Random, event: Event) -> Values:
    longitude, latitude = random.choice(material.PLACES)
    place = event.content["location"]
    if place and place["longitude"] is not None:
        longitude, latitude = place["longitude"], place["latitude"]
    corner = (random.choice((0, 0.5, 7)), random.choice((0, 0.5, 30)))
    west, east = _wrapped(longitude - corner[0]), _wrapped(longitude + corner[0])
    south, north = max(latitude - corner[1], -90), min(latitude + corner[1], 90)
    return (random.choice((random.choice(material.BOXES), f"{west},{south},{east},{north}")),)


def _wrapped(longitude: float) -> float:
    return longitude if -180 <= longitude <= 180 else (longitude + 180) % 360 - 180


def _circle(random: Random, event: Event) -> Values:
    longitude, latitude = random.choice(material.PLACES)
    place = event.content["location"]
    if place and place["longitude"] is not None and random.random() < 0.7:
        longitude, latitude = place["longitude"], place["latitude"]
    longitude = _wrapped(longitude + random.choice((0, 0, 0.25, -3)))
    km = random.choice((0.001, 1, 73.5, 111.9, 900, 5003, 20_038))
    return (f"{longitude:f},{latitude:f},{km}",)


def _codes(random: Random, event: Event) -> Values:
    here = [f"{scheme}:{code}" for scheme, code in event.content["codes"].items()]
    return _some(random, here, [f"{scheme}:{code}" for scheme, code in material.CODES])


def _number(random: Random, event: Event) -> Values:
    best = (event.content["fatalities"] or {}).get("best")
    return (str(random.choice((0, 1, 5, 30, 12, 0 if best is None else best, 2_000_000_000))),)


def _instant(random: Random, event: Event) -> Values:
    at = event.state.updated_at + random.choice((-1, 0, 0, 1))
    seconds, micros = divmod(at - 1_718_150_400_000_000, 1_000_000)
    hours, rest = divmod(seconds, 3600)
    return (f"2024-06-12T{hours:02}:{rest // 60:02}:{rest % 60:02}.{micros:06}Z",)


def _field(name: str, anywhere: Sequence[str]) -> Callable[[Random, Event], Values]:
    return lambda random, event: _some(random, [event.content[name]], anywhere)


VALUES: Mapping[str, Callable[[Random, Event], Values]] = {
    "id": lambda random, event: _some(random, [event.id], [event.id, event.id[:-4] + "0000"]),
    "q": _words,
    "type": _field("type", material.TYPES),
    "category": lambda random, event: _some(
        random, [get_event_types()[event.content["type"]].category], CATEGORIES
    ),
    "country": _country,
    "actor": _any_actors,
    "actor_all": _all_actors,
    "dyad": _dyad,
    "role": lambda random, event: _some(
        random, [each["role"] for each in event.content["participants"]], material.ROLES
    ),
    "since": _since,
    "until": _until,
    "bbox": _box,
    "near": _circle,
    "within": an_area,
    "filter": a_filter,
    "lifecycle": _field("lifecycle", material.LIFECYCLES),
    "verification": lambda random, event: tuple(random.sample(VERIFICATIONS, 3)),
    "dataset": _field("dataset", tuple(material.DATASETS)),
    "source": lambda random, event: _some(
        random, sorted(sources_of(event)), tuple(material.SOURCES)
    ),
    "tag": lambda random, event: _some(random, event.content["tags"], material.TAGS),
    "code": _codes,
    "fatalities_min": _number,
    "fatalities_max": _number,
    "updated_since": _instant,
    "external_id": _field("external_id", ("No. 1, a", "No. 7, é", "none")),
}
