"""No caller starves another: shares of long queries, and requests that are always answered."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from ipaddress import IPv4Network
from urllib.parse import quote

import orjson
import pytest
from fastapi import APIRouter
from httpx2 import Response
from sqlalchemy import Integer, func, literal_column, select
from starlette.requests import Request
from starlette.responses import Response as Answer
from starlette.types import Message

from app.db.database import Database
from app.db.statements import Statement
from app.main import create_app
from app.settings import Settings
from app.web.routing.query_route import QueryRoute
from app.web.state import get_state
from tests.api.conftest import ADMIN_KEY, serving
from tests.api.desk import DATABASES, Desk, database_of

AT_ONCE = 14
LETTERS = "abcdefghij klmnop qrstuvw xyz " * 300
PARTS = [f"accenti(casei(summary)) LIKE accenti(casei('%q{number}%'))" for number in range(70)]
COSTLY = f"/v1/events?filter={quote(' OR '.join(PARTS))}"

numbers = select(literal_column("1", Integer).label("number")).cte("numbers", recursive=True)
numbers = numbers.union_all(
    select(numbers.c.number + literal_column("1")).where(numbers.c.number > literal_column("0"))
)
ENDLESS = select(func.count()).select_from(numbers)
ASKED = Statement(ENDLESS)


async def fetch(database: Database) -> None:
    """Read for ever by one statement."""
    await database.fetch(ASKED, {})


async def look(database: Database) -> None:
    """Read for ever in a snapshot."""
    async with database.snapshot() as reads:
        await reads.fetch(ASKED, {})


async def read(database: Database) -> None:
    """Read for ever through SQLAlchemy."""
    await database.read(lambda connection: connection.execute(ENDLESS).all())


WAYS = {"fetch": fetch, "look": look, "read": read}
router = APIRouter(route_class=QueryRoute)


@router.get("/v1/endless/{way}")
async def get_endless(request: Request, way: str) -> Answer:
    """Asks for ever."""
    await WAYS[way](get_state(request).database)
    return Answer()


@pytest.fixture(params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """A desk behind a trusted proxy, whose questions without a key may take half a second."""
    folder = tmp_path_factory.mktemp("desk")
    with database_of(request, folder, request.param) as url:
        settings = Settings(
            database_url=url,
            spool_dir=folder / "spool",
            pool_size=5,
            long_questions_anonymous=2,
            question_seconds_anonymous=0.5,
            question_seconds_keyed=600,
            trusted_proxies=(IPv4Network("127.0.0.0/8"),),
        )
        app = create_app(settings)
        app.include_router(router)
        async with serving(app) as app:
            desk = Desk(app)
            yield desk
            await desk.close()


def ask_at_once(
    desk: Desk, targets: Sequence[str], addresses: Sequence[str]
) -> list[asyncio.Task[Response]]:
    """Ask all this at once without a key, each from the next address."""
    return [
        asyncio.create_task(desk.ask(f"GET {target}", key=None, x_forwarded_for=address))
        for target, address in zip(targets, addresses, strict=True)
    ]


async def statuses(asked: Sequence[Awaitable[Response]]) -> set[int]:
    """Return the statuses of the answers, each checked as its kind requires."""
    answers = await asyncio.gather(*asked)
    for answer in answers:
        assert ("retry-after" in answer.headers) == (answer.status_code == 429), answer.text
        if answer.status_code == 422:
            assert answer.json()["type"] == "/problems/question-too-costly"
    return {answer.status_code for answer in answers}


async def always_answered(desk: Desk, event: str, address: str) -> None:
    """Ask what has to be answered whatever else is asked."""
    for target in (f"/v1/events/{event}", "/v1/events"):
        answer = await desk.ask(f"GET {target}", key=None, x_forwarded_for=address)
        assert answer.status_code == 200, (target, answer.text)
    for target in ("/livez", "/readyz", "/v1/events?type=meeting"):
        answer = await desk.ask(f"GET {target}", key=ADMIN_KEY)
        assert answer.status_code == 200, (target, answer.text)


async def test_costly_questions_of_one_caller_starve_nobody(desk: Desk) -> None:
    dataset = await desk.dataset()
    lines = [
        {
            "dataset": dataset,
            "type": "meeting",
            "title": "M",
            "date": "2024-06-18",
            "summary": LETTERS,
        }
        for _ in range(60)
    ]
    body = b"\n".join(map(orjson.dumps, lines))
    made = await desk.ask("POST /v1/events", body, content_type="application/x-ndjson")
    event = made.json()["items"][0]["id"]
    await always_answered(desk, event, "192.0.2.1")
    asked = ask_at_once(desk, [COSTLY] * AT_ONCE, ["192.0.2.1"] * AT_ONCE)
    while not all(each.done() for each in asked):
        await always_answered(desk, event, "192.0.2.1")
    # A fast machine may answer some in a short read's time.
    assert await statuses(asked) <= {200, 422, 429}
    assert 429 not in await statuses(ask_at_once(desk, [COSTLY], ["192.0.2.1"]))


async def test_many_addresses_and_forged_ones_change_nothing(desk: Desk) -> None:
    event = (await desk.event())["id"]
    await always_answered(desk, event, "192.0.2.1")
    others = [f"198.51.100.{number}" for number in range(100)]
    forged = [f"203.0.113.{number}, 192.0.2.7" for number in range(100)]
    ways = [f"/v1/endless/{way}" for way in WAYS] * 67
    asked = ask_at_once(desk, ways[:200], [*others, *forged])
    while not all(each.done() for each in asked):
        await always_answered(desk, event, "192.0.2.1")
    assert await statuses(asked) == {422, 429}
    assert await statuses(ask_at_once(desk, ways[:3], others[:3])) == {422}


async def test_who_leaves_ends_the_question(desk: Desk) -> None:
    """Nobody would wait for ten minutes, which is the time that it has."""
    messages: list[Message] = [
        {"type": "http.request", "body": b""},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/endless/fetch",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {ADMIN_KEY}".encode())],
        "client": ("127.0.0.1", 1),
    }
    await desk.app(scope, receive, send)
    assert (messages, sent) == ([], [])
