"""Connections of the server, limited in time and in number.

The headers of a request must be complete within a time, and its body must bring a minimum of bytes
in each window of time, however long the body is. One sweep over all connections checks both, so
that a request costs no timer. A client that is too slow gets an error, if an answer can still be
sent.
"""

from asyncio import Transport
from dataclasses import dataclass
from resource import RLIMIT_NOFILE, getrlimit
from time import monotonic
from typing import Any, Literal
from urllib.parse import quote

from starlette.responses import Response
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app import errors
from app.settings import Settings
from app.web.errors.problems import ProblemOccurrence, find_problem, make_problem_response

LARGEST_HEAD = 131_072
"""Bytes of a request line and its headers; the URL has 65,535 of them at most."""

RequestPart = Literal["between", "head", "body"]
BETWEEN: RequestPart = "between"
HEAD: RequestPart = "head"
BODY: RequestPart = "body"

_LEAST, _MOST, _OTHERS = 64, 10_000, 256
"""Minimum of connections; maximum of file descriptors, and their reserve for everything else."""

_SWEEPS_A_WINDOW = 4
_TICKS_A_SECOND = 10
_REASONS = {408: b"Request Timeout", 431: b"Request Header Fields Too Large"}
_REASONS |= {503: b"Service Unavailable"}


@dataclass(frozen=True)
class ConnectionLimits:
    """Time limits of connections, and their maximum number."""

    header_seconds: float
    body_seconds: float
    body_bytes: int
    idle_seconds: float
    connections: int
    stalled_seconds: float = 30.0

    @classmethod
    def of(cls, settings: Settings) -> "ConnectionLimits":
        """Return the limits of the settings; the system's limit bounds the number by default."""
        descriptors, _ = getrlimit(RLIMIT_NOFILE)
        return cls(
            header_seconds=settings.header_seconds,
            body_seconds=settings.body_seconds,
            body_bytes=settings.body_bytes,
            idle_seconds=settings.idle_seconds,
            connections=settings.connections or max(_LEAST, min(descriptors, _MOST) - _OTHERS),
            stalled_seconds=settings.stalled_seconds,
        )

    @property
    def sweep_ticks(self) -> int:
        """Number of the server's ticks between two sweeps."""
        shortest = min(self.header_seconds, self.body_seconds) / _SWEEPS_A_WINDOW
        return max(1, min(_TICKS_A_SECOND, int(shortest * _TICKS_A_SECOND)))

    @property
    def sweep_seconds(self) -> float:
        """Seconds between two sweeps."""
        return self.sweep_ticks / _TICKS_A_SECOND


class LimitedConfig(Config):
    """The server's configuration, with the limits of its connections."""

    def __init__(self, app: str | Any, *, limits: ConnectionLimits, **options: Any) -> None:
        # The server also accepts fractions of seconds.
        idle: Any = limits.idle_seconds
        super().__init__(app, http=HttpConnection, timeout_keep_alive=idle, **options)
        self.limits = limits


class LimitedServer(Server):
    """A server that sweeps over all its connections several times in each time limit."""

    config: LimitedConfig
    swept_at: float | None = None

    async def on_tick(self, counter: int) -> bool:
        """Sweep if it is time to, then do the work of every tick."""
        limits = self.config.limits
        if counter % limits.sweep_ticks == 0:
            now = monotonic()
            due = (self.swept_at or now) + limits.sweep_seconds
            # Time in which the process itself was blocked does not count.
            lost = max(0.0, now - due)
            for connection in list(self.server_state.connections):
                if isinstance(connection, HttpConnection):
                    connection.refuse_if_slow(lost)
            self.swept_at = now
        return await super().on_tick(counter)


class HttpConnection(HttpToolsProtocol):
    """One connection, which knows from its parser which part of a request it is receiving.

    Incoming bytes are counted; a request costs nothing more.
    """

    config: LimitedConfig
    cycle: Any  # None before the first request

    def __init__(
        self,
        config: LimitedConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: Any,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.since = self.swept_at = self.loop.time()
        self.watched_part: tuple[RequestPart, object] = (HEAD, None)
        self.received = self.counted = self.head_bytes = 0
        self.ignores_input = False
        self.unsent, self.unsent_since = 0, self.since

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Accept the connection, and if there are too many, close the longest idle one."""
        super().connection_made(transport)
        if len(self.connections) > self.config.limits.connections and not self._make_room():
            self._send_and_close(
                errors.Unavailable("there are too many connections", headers=_RETRY_SOON)
            )

    def data_received(self, data: bytes) -> None:
        """Count incoming bytes and pass them on."""
        if self.ignores_input:
            return
        self.received += len(data)
        super().data_received(data)
        if self.cycle is not None and self.scope is self.cycle.scope:
            self.head_bytes = 0
            return
        self.head_bytes += len(data)
        if self.head_bytes > LARGEST_HEAD:
            detail = f"the request line and headers are larger than {LARGEST_HEAD:,} bytes"
            self.refuse(HEAD, errors.HeadTooLarge(detail))

    def shutdown(self) -> None:
        """Finish the requests in progress, but drop a request that is only half received."""
        if self._detect_part() is BODY and not self.cycle.response_started:
            self._drop_half_sent()
        super().shutdown()

    def refuse_if_slow(self, lost: float) -> None:
        """Refuse the request if it is too slow.

        `lost` are the seconds since the last sweep in which the process itself stood still; they do
        not count against the client.
        """
        now, before = self.loop.time(), self.swept_at
        self.swept_at = now
        self._abort_if_stalled(now, lost)
        part = self._detect_part()
        if part is BETWEEN or self.ignores_input or self.transport.is_closing():
            self.watched_part = (BETWEEN, None)
        elif self.watched_part != (part, id(self.scope)):
            # The part may have begun right after the last sweep.
            self._begin(part, min(now, before + lost) if part is HEAD else now)
        elif self.flow.read_paused or (part is BODY and self.cycle.waiting_for_100_continue):
            self._begin(part, now)
        else:
            self.since = min(now, self.since + lost)
            self._refuse_slow_part(part, now)

    def refuse(self, part: RequestPart, error: errors.AnnalsError) -> None:
        """Answer the incoming request with an error, and close the connection.

        Answers to earlier requests are sent first.
        """
        if part is BODY:
            self._drop_half_sent(error)
        elif self.is_answering:
            self.cycle.keep_alive, self.ignores_input = False, True
        elif self.received:
            self._send_and_close(error)
        else:
            self.transport.close()

    @property
    def is_answering(self) -> bool:
        """True while a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _abort_if_stalled(self, now: float, lost: float) -> None:
        """Abort the connection of a client that stopped reading: closing would wait for it."""
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent != self.unsent:
            self.unsent, self.unsent_since = unsent, now
            return
        self.unsent_since = min(now, self.unsent_since + lost)
        if now - self.unsent_since >= self.config.limits.stalled_seconds:
            self.transport.abort()

    def _detect_part(self) -> RequestPart:
        """Return the part of a request that is being received."""
        if self.cycle is None or self.scope is not self.cycle.scope:
            return HEAD
        if self.timeout_keep_alive_task is not None:
            return BETWEEN  # Nothing was received since the response.
        if self.cycle.more_body:
            return BODY
        # Blank lines may precede a request.
        return HEAD if self.cycle.response_complete else BETWEEN

    def _refuse_slow_part(self, part: RequestPart, now: float) -> None:
        limits = self.config.limits
        if part is HEAD and now - self.since >= limits.header_seconds - limits.sweep_seconds:
            self.refuse(HEAD, errors.TooSlow(_SLOW_HEAD.format(limits.header_seconds)))
        elif part is BODY and now - self.since >= limits.body_seconds:
            if self.cycle.response_complete:
                self.transport.close()  # The rest of the body is not read by anyone.
            elif self.received - self.counted < limits.body_bytes:
                detail = _SLOW_BODY.format(limits.body_bytes, limits.body_seconds)
                self.refuse(BODY, errors.TooSlow(detail))
            else:
                self._begin(BODY, now)

    def _begin(self, part: RequestPart, since: float) -> None:
        self.watched_part = (part, id(self.scope))
        self.since, self.counted = since, self.received

    def _drop_half_sent(self, error: errors.AnnalsError | None = None) -> None:
        """Drop a request whose body is incomplete; nobody answers it any more."""
        half, self.ignores_input = self.cycle, True
        is_queued = bool(self.pipeline) and self.pipeline[0][0] is half
        if not is_queued and error is not None and not half.response_started:
            self._send_and_close(error)
        half.disconnected = True
        half.message_event.set()
        if is_queued:
            self.pipeline[0] = (half, self._close_instead)
        else:
            self.transport.close()

    async def _close_instead(self, *_: object) -> None:
        """Close the connection in place of the application, for a dropped request in the queue."""
        self.transport.close()

    def _make_room(self) -> bool:
        """Close the idle connection that has received nothing for the longest time."""
        waiting = [
            connection
            for connection in self.connections
            if isinstance(connection, HttpConnection)
            and connection is not self
            and not connection.is_answering
            and not connection.transport.is_closing()
        ]
        if not waiting:
            return False
        min(waiting, key=lambda connection: connection.since).transport.close()
        return True

    def _send_and_close(self, error: errors.AnnalsError) -> None:
        scope: Any = self.scope if self._detect_part() is BODY else {"path": "", "state": {}}
        occurrence = ProblemOccurrence(quote(scope["path"]), scope["state"].get("trace_id", ""))
        problem = find_problem(type(error))
        response = make_problem_response(problem, error.detail, occurrence, (), error.headers)
        self.transport.write(_format_response(response))
        self.transport.close()


_RETRY_SOON = {"retry-after": "1"}
_SLOW_HEAD = "the headers were not complete within {:g} seconds"
_SLOW_BODY = "the body brought less than {:,} bytes in {:g} seconds"


def _format_response(response: Response) -> bytes:
    """Return the response as HTTP."""
    status = response.status_code
    lines = [b"HTTP/1.1 %d %s" % (status, _REASONS[status])]
    lines += [name + b": " + value for name, value in response.raw_headers]
    return b"\r\n".join([*lines, b"connection: close", b"", response.body])
