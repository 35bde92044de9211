"""The measured requests, drawn from the data: the same for Annals and for the plain control."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import Connection, func, select

from app.db.connect import connect
from app.models.events import events, participants
from app.settings import Settings
from benchmarks.records import SEED, WORDS

YEARS = range(2000, 2023)


@dataclass(frozen=True)
class Operation:
    """One kind of request: our paths and, where it has an equivalent, the plain control's."""

    name: str
    title: str
    ours: Sequence[str]
    plain: Sequence[str] = ()


async def draw(url: str) -> list[Operation]:
    """Draw the operations on one database; the same data always gives the same operations."""
    database = connect(Settings(database_url=url))
    await database.open()
    try:
        ids, country_names, pairs = await database.read(_draw_from)
    finally:
        await database.close()
    random = Random(SEED)
    filters = [
        f"country={random.choice(country_names)}&since={random.choice(YEARS)}-01-01"
        for _ in range(100)
    ]
    words = ["+".join(random.sample(WORDS, 2)) for _ in range(50)]
    dyads = [f"/v1/events?dyad={first},{second}" for first, second in pairs]
    plain_dyads = [f"/events?dyad={first}&dyad={second}" for first, second in pairs]
    return [
        Operation("get", "GET event by id", *_build_both("/events/", ids)),
        Operation("page", "page of 50, country and since", *_build_both("/events?", filters)),
        Operation("dyad", "page of 50, dyad", dyads, plain_dyads),
        Operation("words", "page of 50, two words", [f"/v1/events?q={each}" for each in words]),
        Operation("count", "count, country and since", *_build_both("/count?", filters)),
    ]


def _build_both(path: str, ends: Sequence[str]) -> tuple[list[str], list[str]]:
    """Build our paths and those of the plain control."""
    return [f"/v1{path}{end}" for end in ends], [f"{path}{end}" for end in ends]


def _draw_from(connection: Connection) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    ids = [str(id) for id in connection.scalars(select(events.c.id).order_by(events.c.order_key))]
    random = Random(SEED)
    number = func.count()
    common = select(events.c.country).group_by(events.c.country)
    common = common.order_by(number.desc(), events.c.country).limit(40)
    country_names = [str(name) for name in connection.scalars(common)]
    return random.sample(ids, min(1000, len(ids))), country_names, pairs_of_actors(connection)


def pairs_of_actors(connection: Connection) -> list[tuple[str, str]]:
    """Find the pairs of actors that most often take part together."""
    other = participants.alias()
    number = func.count()
    pairs = (
        select(participants.c.actor, other.c.actor)
        .join(other, other.c.event_id == participants.c.event_id)
        .where(participants.c.actor < other.c.actor)
        .group_by(participants.c.actor, other.c.actor)
        .order_by(number.desc(), participants.c.actor, other.c.actor)
        .limit(50)
    )
    return [(str(row[0]), str(row[1])) for row in connection.execute(pairs)]
