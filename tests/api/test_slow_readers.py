"""Clients that ask for everything and take nothing: they hold a file, and nobody else up."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import orjson
import pytest

from app.settings import Settings
from tests.api.conftest import ADMIN_KEY
from tests.api.desk import DATABASES, database_of
from tests.api.served import Served, serve
from tests.api.test_shares import AT_ONCE, COSTLY
from tests.waiting import block_until

EVENTS = 500
HALF_REQUESTS = 300
KEYED = f"Bearer {ADMIN_KEY}"
SMALL = 16_384
"""Bytes that the kernel buffers for an answer, on either side."""

PATIENCE = 20.0


@pytest.fixture(scope="module", params=DATABASES)
def settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Settings that name a database with some megabytes of events."""
    folder = tmp_path_factory.mktemp("slow")
    with database_of(request, folder, request.param) as url:
        settings = Settings(database_url=url, spool_dir=folder / "spool", admin_key=ADMIN_KEY)
        with serve(settings) as served:
            make(served, "datasets", {"slug": "large", "title": "Large"})
            for number in range(EVENTS):
                make(served, "events", event(number))
        yield settings


def event(number: int) -> dict[str, object]:
    title, summary = f"No. {number}", "x" * 9_000
    about = {"dataset": "large", "type": "meeting", "date": "2024-06-18"}
    return {**about, "title": title, "summary": summary}


def make(served: Served, target: str, body: object) -> None:
    sent = orjson.dumps(body)
    headers = {"authorization": KEYED, "content_type": "application/json"}
    made = served.ask(target, "POST", sent, **headers)
    assert made.status == 201, made.body


@contextmanager
def stalled(served: Served, target: str) -> Iterator[socket.socket]:
    """A client that has taken the status line of an answer, and takes no more."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", served.port))
        client.sendall(f"GET /v1/{target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert client.recv(12) == b"HTTP/1.1 200"
        yield client


def test_stalled_exports_hold_nobody_up(settings: Settings) -> None:
    few = settings.model_copy(update={"export_connections": 2, "pool_size": 2})
    with serve(few, send_buffer=SMALL) as served, ExitStack() as clients:
        (some,) = orjson.loads(served.ask("events?limit=1").body)["items"]
        for number in range(10):
            clients.enter_context(stalled(served, f"events.ndjson?since=20{number + 10}-01-01"))
        for target in (f"events/{some['id']}", "events?limit=1", "count", "events.csv?fields=id"):
            assert served.ask(target).status == 200


def test_all_of_it_at_once(settings: Settings) -> None:
    """Half requests, stalled exports and costly questions: records, pages and keys are answered."""
    busy = settings.model_copy(update={"pool_size": 5, "question_seconds_anonymous": 0.5})
    with serve(busy, send_buffer=SMALL) as served, ExitStack() as clients:
        (some,) = orjson.loads(served.ask("events?limit=1").body)["items"]
        for _ in range(HALF_REQUESTS):
            half = clients.enter_context(socket.create_connection(("127.0.0.1", served.port)))
            half.sendall(b"GET /v1/events HTTP/1.1\r\nHost: loc")
        for number in range(10):
            clients.enter_context(stalled(served, f"events.csv?since=20{number + 10}-01-01"))
        asking = clients.enter_context(ThreadPoolExecutor(AT_ONCE))
        costly = [asking.submit(served.ask, COSTLY) for _ in range(AT_ONCE)]
        while True:
            ended = all(each.done() for each in costly)
            for target in (f"events/{some['id']}", "events?limit=50", "/livez", "/readyz"):
                assert served.ask(target).status == 200, target
            assert served.ask("events?type=meeting&limit=1", authorization=KEYED).status == 200
            if ended:
                break
        assert {each.result().status for each in costly} <= {200, 422, 429}


def test_one_caller_has_a_share_of_the_spool(settings: Settings) -> None:
    small = settings.model_copy(update={"export_spool_share": 100_000})
    whole = "events.ndjson?sort=title"
    with serve(small, send_buffer=SMALL) as served:
        with stalled(served, whole):
            block_until(lambda: served.ask("events.csv?limit=1").status == 200)
            block_until(lambda: served.ask("events.csv?fields=id").status == 429)
            refused = served.ask(whole)
            assert (refused.status, refused.headers["retry-after"]) == (429, "30")
            assert served.ask(whole, authorization=KEYED).status == 200
        block_until(lambda: served.ask(whole).status == 200)


def test_who_takes_nothing_is_cut_off(settings: Settings) -> None:
    hasty = settings.model_copy(update={"stalled_seconds": 0.2})
    with serve(hasty, send_buffer=SMALL) as served:
        with stalled(served, "events.ndjson") as client:
            block_until(lambda: not served.server.server_state.connections)
            taken = client.recv(10_000_000)
        assert 0 < len(taken) < 1_000_000
        assert served.ask("events?limit=1").status == 200
