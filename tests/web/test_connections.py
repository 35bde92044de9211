"""Connections over real sockets: who is slow is let go, who is not is answered."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from select import select
from threading import Event, Thread

import pytest
from starlette.types import Receive, Scope, Send

from app.settings import Settings
from app.web.connections import ConnectionLimits, LimitedConfig, LimitedServer
from tests.waiting import block_until

PATIENCE = 30.0
"""Seconds that a test waits for what must come, on a machine that does much else."""

IMPATIENT = ConnectionLimits(
    header_seconds=0.4,
    body_seconds=0.4,
    body_bytes=1_000,
    idle_seconds=0.4,
    connections=400,
    stalled_seconds=0.4,
)
MUCH = b"x" * 30_000_000
"""More than a system takes for a client that reads nothing."""
GET = b"GET / HTTP/1.1\r\nhost: annals.test\r\n\r\n"
HALF = b"GET / HTTP/1.1\r\nhost: ann"
POST = b"POST / HTTP/1.1\r\nhost: annals.test\r\ncontent-length: %d\r\n\r\n"


class App:
    """Answers with the length of the body; below /held only when it is let go."""

    def __init__(self) -> None:
        self.asked, self.go_on = Event(), Event()
        self.left: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["path"] != "/refused":
            size = await self.read(scope, receive)
            if size is None:
                return
        else:
            size = 0
        self.asked.set()
        if scope["path"] == "/held":
            await asyncio.to_thread(self.go_on.wait, PATIENCE)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/much":
            await send({"type": "http.response.body", "body": MUCH, "more_body": True})
        await send({"type": "http.response.body", "body": b"%d" % size, "more_body": False})

    async def read(self, scope: Scope, receive: Receive) -> int | None:
        """The length of the body; None if the client was let go."""
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.left.append(scope["path"])
                return None
            size, more = size + len(message["body"]), message["more_body"]
        return size


@dataclass
class Serving:
    """A server in a thread of this process."""

    app: App
    server: LimitedServer
    thread: Thread
    address: tuple[str, int]

    def connect(self, sent: bytes = b"") -> socket.socket:
        """A new connection that has sent this."""
        connection = socket.create_connection(self.address, timeout=PATIENCE)
        connection.sendall(sent)
        return connection

    def stop(self) -> None:
        """Tell it to end, as SIGTERM does."""
        self.server.should_exit = True

    def has_ended(self) -> bool:
        """Return whether it ends."""
        self.thread.join(PATIENCE)
        return not self.thread.is_alive()


@contextmanager
def serving(limits: ConnectionLimits = IMPATIENT) -> Iterator[Serving]:
    """Serve with these limits; the end of the server is not limited."""
    app = App()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = LimitedConfig(
            app, limits=limits, lifespan="off", log_config=None, access_log=False, ws="none"
        )
        server = LimitedServer(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield Serving(app, server, thread, listening.getsockname())
        finally:
            app.go_on.set()
            server.should_exit = True
            thread.join(PATIENCE)


def rest_of(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def answer_of(connection: socket.socket) -> bytes:
    """One answer of a connection that stays open: the last bytes are those of an empty chunk."""
    found = b""
    while not found.endswith(b"0\r\n\r\n"):
        part = connection.recv(65_536)
        assert part, found
        found += part
    return found


def trickle(connection: socket.socket, piece: bytes, seconds: float) -> bytes:
    """Send a piece every so many seconds until an answer comes, or the end."""
    while not select([connection], [], [], seconds)[0]:
        try:
            connection.sendall(piece)
        except OSError:
            break
    return rest_of(connection)


def test_half_requests_are_closed_and_others_are_answered() -> None:
    with serving() as served, ExitStack() as open_ones:
        half = [open_ones.enter_context(served.connect(HALF)) for _ in range(100)]
        silent = open_ones.enter_context(served.connect())
        assert b"200 OK" in answer_of(open_ones.enter_context(served.connect(GET)))
        for connection in half:
            head, _, document = rest_of(connection).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 408 ")
            assert json.loads(document)["type"] == "/problems/too-slow"
        assert rest_of(silent) == b""


@pytest.mark.parametrize("begin", [HALF, b"", b"\r\n", POST % 1_000_000])
def test_one_byte_after_the_other_is_too_slow(begin: bytes) -> None:
    with serving() as served, served.connect(begin) as connection:
        answer = trickle(connection, b"x" if begin.strip() else b"\r\n", 0.05)
        assert answer.startswith(b"HTTP/1.1 408 ") or not answer
        assert served.app.left == (["/"] if begin.startswith(b"POST") else [])


def test_chunks_of_one_byte_are_too_slow() -> None:
    head = b"POST / HTTP/1.1\r\nhost: annals.test\r\ntransfer-encoding: chunked\r\n\r\n"
    with serving() as served, served.connect(head) as connection:
        assert trickle(connection, b"1\r\nx\r\n", 0.05).startswith(b"HTTP/1.1 408 ")


def test_a_long_body_over_a_slow_line_arrives() -> None:
    limits = replace(IMPATIENT, body_seconds=1.0, body_bytes=100)
    with serving(limits) as served, served.connect(POST % 4_000) as connection:
        # Two windows, each with more than it needs.
        for _ in range(40):
            select([connection], [], [], 0.05)
            connection.sendall(b"x" * 100)
        assert answer_of(connection).endswith(b"4\r\n4000\r\n0\r\n\r\n")


def test_an_idle_connection_is_closed_and_one_in_use_is_not() -> None:
    limits = replace(IMPATIENT, idle_seconds=1.5)
    with serving(limits) as served, served.connect() as connection:
        for _ in range(3):
            connection.sendall(GET)
            assert b"200 OK" in answer_of(connection)
        assert rest_of(connection) == b""
        with served.connect(GET) as blanks:
            answer_of(blanks)
            assert trickle(blanks, b"\r\n", 0.05)[:12] in (b"", b"HTTP/1.1 408")


def test_what_nobody_reads_is_taken_for_a_while_only() -> None:
    with serving() as served, served.connect(POST.replace(b"/ ", b"/refused ", 1) % 10**9) as sent:
        assert b"200 OK" in answer_of(sent)
        assert trickle(sent, b"x" * 2_000, 0.01) == b""


def test_who_takes_nothing_of_an_answer_is_cut_off_and_who_takes_it_slowly_is_not() -> None:
    asked = GET.replace(b"/ ", b"/much ")
    with serving() as served, served.connect(asked) as stalled, served.connect(asked) as slow:
        taken, last = 0, b""
        while not last.endswith(b"0\r\n\r\n"):
            last = slow.recv(1_000_000)
            taken += len(last)
            select([], [], [], 0.02)
        assert taken > len(MUCH)
        block_until(lambda: len(served.server.server_state.connections) <= 1)
        assert len(rest_of(stalled)) < len(MUCH)


def test_who_waits_to_be_asked_for_the_body_is_not_slow() -> None:
    head = POST.replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n\r\n", 1) % 2
    with serving() as served, served.connect(head.replace(b"/ ", b"/held ", 1)) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"ab")
        assert served.app.asked.wait(PATIENCE)
        # Far beyond every limit, but it is the server that is working.
        select([connection], [], [], 1.5)
        served.app.go_on.set()
        assert b"200 OK" in answer_of(connection)


def test_a_head_has_a_length() -> None:
    with serving() as served:
        with served.connect(b"GET /?q=") as connection:
            assert trickle(connection, b"x" * 4_000, 0.0).startswith(b"HTTP/1.1 431 ")
        with served.connect(GET.replace(b"/ ", b"/?q=" + b"x" * 60_000 + b" ", 1)) as connection:
            assert b"200 OK" in answer_of(connection)


def test_a_new_connection_takes_the_place_of_an_idle_one() -> None:
    limits = replace(IMPATIENT, header_seconds=PATIENCE, idle_seconds=PATIENCE, connections=3)
    with serving(limits) as served, ExitStack() as open_ones:
        first = open_ones.enter_context(served.connect(GET))
        answer_of(first)
        waiting = [first, *(open_ones.enter_context(served.connect(HALF)) for _ in range(2))]
        for _ in range(3):
            newest = open_ones.enter_context(served.connect(GET))
            assert b"200 OK" in answer_of(newest)
            (closed, *_), _, _ = select(waiting, [], [], PATIENCE)
            assert rest_of(closed) == b""
            waiting = [each for each in (*waiting, newest) if each is not closed]


def test_beside_too_many_under_way_there_is_no_place() -> None:
    limits = replace(IMPATIENT, connections=2)
    held = GET.replace(b"/ ", b"/held ", 1)
    with serving(limits) as served, ExitStack() as open_ones:
        under_way = []
        for _ in range(2):
            served.app.asked.clear()
            under_way.append(open_ones.enter_context(served.connect(held)))
            assert served.app.asked.wait(PATIENCE)
        refused = rest_of(open_ones.enter_context(served.connect()))
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1\r\n" in refused
        served.app.go_on.set()
        assert all(b"200 OK" in answer_of(each) for each in under_way)


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_at_the_end_half_requests_go_and_others_are_answered(version: bytes) -> None:
    limits = replace(IMPATIENT, header_seconds=PATIENCE, body_seconds=PATIENCE)
    held = GET.replace(b"/ ", b"/held ", 1).replace(b"1.1", version)
    with serving(limits) as served, ExitStack() as open_ones:
        half = [open_ones.enter_context(served.connect(HALF)) for _ in range(50)]
        half += [open_ones.enter_context(served.connect(POST % 10**6 + b"x")) for _ in range(50)]
        both = open_ones.enter_context(served.connect(held + GET + HALF))
        cut = open_ones.enter_context(served.connect(held + POST % 10**6 + b"x"))
        assert served.app.asked.wait(PATIENCE)
        served.stop()
        for connection in half:
            assert rest_of(connection) == b""
        served.app.go_on.set()
        assert rest_of(both).count(b"200 OK") == (2 if version == b"1.1" else 1)
        assert rest_of(cut).count(b"200 OK") == 1
        assert served.has_ended()


def test_a_body_of_the_second_of_two_requests_is_not_given_to_the_first() -> None:
    held = POST.replace(b"/ ", b"/held ", 1) % 3 + b"abc"
    with serving() as served, served.connect(held + POST % 10**6 + b"x") as connection:
        assert served.app.asked.wait(PATIENCE)
        served.app.go_on.set()
        answers = trickle(connection, b"x", 0.05)
        assert answers.startswith(b"HTTP/1.1 200 OK")
        assert b"\r\n3\r\n0\r\n\r\n" in answers


def test_the_number_of_connections_follows_the_systems_limit() -> None:
    assert ConnectionLimits.of(Settings(connections=7)).connections == 7
    assert ConnectionLimits.of(Settings()).connections >= 64
