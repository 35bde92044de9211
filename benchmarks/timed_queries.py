"""The queries that are timed one by one, drawn from the data, always the same for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from random import Random

from sqlalchemy import Connection, func, select

from app.aggregate.columns.event_columns import MANY
from app.models.events import events, participants
from benchmarks.operations import pairs_of_actors
from benchmarks.records import SEED, WORDS

YEARS = range(2000, 2020)
VIEW_YEARS = 5
VIEWS = 30
WORLD = (-180, 180, -85, 85)


@dataclass(frozen=True)
class Asked:
    """One kind of query: its paths, the clock that counts, and its target in milliseconds.

    `{n}` in a path is the number of the time that it is asked, from 1: another question each
    time, of which no answer is kept from the time before.
    `within` are (database, milliseconds) for the median; `worst` for the slowest question.
    """

    name: str
    title: str
    paths: Sequence[str]
    clock: str = "database"
    within: Mapping[str, float] = field(default_factory=dict)
    worst: Mapping[str, float] = field(default_factory=dict)


def draw_questions(connection: Connection) -> list[Asked]:
    """Draw the queries on one database."""
    random = Random(SEED)
    named = common_countries(connection)
    return [
        *_draw_words(random),
        *_draw_places(random, _draw_points(connection, random)),
        *_draw_actors(connection),
        *counted(random, named),
        Asked(
            "known-by",
            "page known by a day, country",
            [
                f"/v1/events?country={random.choice(named)}&known_by={random.choice(YEARS)}-06-01"
                for _ in range(40)
            ],
            within=_build_both(50),
        ),
    ]


def _build_both(milliseconds: float) -> dict[str, float]:
    return {"sqlite": milliseconds, "postgresql": milliseconds}


def _draw_words(random: Random) -> list[Asked]:
    singles = random.sample(WORDS, 40)
    doubles = ["+".join(random.sample(WORDS, 2)) for _ in range(40)]
    threes = ["+".join(random.sample(WORDS, 3)) for _ in range(40)]
    asked = [f"/v1/events?q={each}" for each in (*singles, *doubles, *threes)]
    return [
        Asked(
            "words",
            "full-text page, one to three words",
            asked,
            within={"sqlite": 1.6, "postgresql": 3},
            worst={"postgresql": 14},
        )
    ]


def _draw_places(random: Random, points: Sequence[tuple[float, float]]) -> list[Asked]:
    small = [_build_box(x, y, 0.25) for x, y in points]
    empty = [_build_box(random.uniform(-179, 179), -84.5, 0.25) for _ in range(20)]
    large = [_build_box(max(min(x, 164), -164), max(min(y, 69), -69), 15) for x, y in points]
    circles = [f"/v1/events?near={x:.3f},{y:.3f},50" for x, y in points]
    return [
        Asked("box", "box of 0.5°, page", [*small, *empty], within=_build_both(2)),
        Asked("large-box", "box of 30°, page", large, within=_build_both(10)),
        Asked("radius", "radius of 50 km, page", circles, within=_build_both(2)),
    ]


def _build_box(x: float, y: float, reach: float) -> str:
    return f"/v1/events?bbox={x - reach:.3f},{y - reach:.3f},{x + reach:.3f},{y + reach:.3f}"


def _draw_actors(connection: Connection) -> list[Asked]:
    number = func.count()
    found = (
        select(participants.c.actor)
        .group_by(participants.c.actor)
        .order_by(number.desc(), participants.c.actor)
    )
    names = [str(name) for name in connection.scalars(found)]
    spread = names[:: max(len(names) // 60, 1)]
    dyads = [f"/v1/events?dyad={one},{other}" for one, other in pairs_of_actors(connection)]
    rare = [f"/v1/events?dyad={names[0]},{each}" for each in spread[1:]]
    return [
        Asked(
            "actor",
            "actor, page",
            [f"/v1/events?actor={each}" for each in spread],
            within=_build_both(1),
        ),
        Asked("dyad", "dyad, page", [*dyads, *rare], within=_build_both(1)),
    ]


def counted(random: Random, named: Sequence[str]) -> list[Asked]:
    """Draw queries for aggregates of many events, in some of these countries or in all."""
    years = [f"since={year}-01-0{{n}}&until={year + VIEW_YEARS}-01-01" for year in YEARS]
    every_view = [f"country={country}&{span}" for country, span in product(named, years)]
    views = random.sample(every_view, min(VIEWS, len(every_view)))
    return [
        _build_whole(
            "months", "month × country over 5 years", "/v1/aggregate?by=month,country", years
        ),
        _build_whole("view", "facets + histogram + grid of one view", "/v1/dashboard?", views),
        *(
            _build_whole(
                f"{name}s", f"{name}s of all events", f"/v1/facets?by={name}", ["top=2{n}"]
            )
            for name in MANY
        ),
        *(
            _build_whole(f"view-{name}s", f"{name}s of one view", f"/v1/facets?by={name}", views)
            for name in MANY
        ),
        _build_whole("network", "network of all events", "/v1/network?", ["top=10{n}"]),
        _build_whole("view-network", "network of one view", "/v1/network?", views),
    ]


def _build_whole(name: str, title: str, path: str, filters: Sequence[str]) -> Asked:
    """Build queries whose whole time counts."""
    paths = [f"{path}&{each}".replace("?&", "?") for each in filters]
    within = _build_both(WITHIN[name]) if name in WITHIN else {}
    return Asked(name, title, paths, "whole", within)


WITHIN = {"months": 20, "view": 60}


def common_countries(connection: Connection) -> list[str]:
    """Find the forty countries with the most events."""
    number = func.count()
    common = select(events.c.country).group_by(events.c.country)
    common = common.order_by(number.desc(), events.c.country).limit(40)
    return [str(name) for name in connection.scalars(common)]


def _draw_points(connection: Connection, random: Random) -> list[tuple[float, float]]:
    placed = select(events.c.longitude, events.c.latitude).where(events.c.cell_1.is_not(None))
    rows = connection.execute(placed.order_by(events.c.order_key).limit(20_000)).all()
    return [(float(x), float(y)) for x, y in random.sample(rows, min(40, len(rows)))]
