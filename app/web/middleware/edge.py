"""The outermost middleware: everything that holds for each request and each response, in one pass.

One class instead of a stack, since every further layer costs each request a coroutine and a scan of
the headers. This module has only the order; the work is in the modules that it calls.
"""

from collections.abc import Awaitable, Mapping, Sequence
from time import perf_counter
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.errors.error_handlers import answer_error
from app.web.http.responses import add_coding_to_etag
from app.web.middleware.compression import Header, add_compression, add_vary
from app.web.middleware.security_headers import (
    API_POLICY,
    PRIVATE,
    READ_HEADERS,
    READ_METHODS,
    SECURITY_HEADERS,
    make_preflight_response,
)
from app.web.observability import AccessLog, read_trace

_NEEDED_HEADERS = frozenset(
    {
        b"traceparent",
        b"x-request-id",
        b"accept-encoding",
        b"authorization",
        b"content-length",
        b"access-control-request-method",
    }
)
_CLIENT_LEFT = 499
_UPLOADS = "/v1/imports"


class EdgeMiddleware:
    """Ids, limits, HEAD, CORS, headers, compression, unhandled errors, log and metrics.

    The compressing app is skipped unless Accept-Encoding is sent: it would inspect each message
    again.
    """

    def __init__(
        self, app: ASGIApp, access_log: AccessLog, *, body_limit: int, upload_limit: int
    ) -> None:
        self.app = app
        self.compressed = add_compression(app)
        self.access_log = access_log
        self.body_limit = body_limit
        self.upload_limit = upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; other kinds of connections pass through unchanged."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        sent = {name: value for name, value in scope["headers"] if name in _NEEDED_HEADERS}
        trace = read_trace(sent.get(b"traceparent"), sent.get(b"x-request-id"))
        state = scope.setdefault("state", {})
        state["trace_id"], state["request_id"] = trace.trace_id, trace.request_id
        method = scope["method"]
        exchange = ResponseSender(send, method, trace.request_id, sent)
        if method == "HEAD":
            # A copy, since the server itself must still see HEAD.
            scope = {**scope, "method": "GET"}
            state["is_head"] = True
        try:
            await self._answer(scope, receive, exchange, sent)
        finally:
            status = exchange.status or _CLIENT_LEFT
            self.access_log.record(scope, method, status, perf_counter() - began)

    async def _answer(
        self, scope: Scope, receive: Receive, exchange: "ResponseSender", sent: dict[bytes, bytes]
    ) -> None:
        try:
            if exchange.method == "OPTIONS" and b"access-control-request-method" in sent:
                await make_preflight_response()(scope, receive, exchange.send)
                return
            if scope["method"] != "GET":
                receive = self._limit_body(scope, receive, sent)
            app = self.compressed if b"accept-encoding" in sent else self.app
            await app(scope, receive, exchange.send)
        except _HeadAnswered:
            pass
        except ClientDisconnect:
            exchange.status = _CLIENT_LEFT
        except Exception as error:
            await self._refuse(scope, receive, exchange, error)

    async def _refuse(
        self, scope: Scope, receive: Receive, exchange: "ResponseSender", error: Exception
    ) -> None:
        response = answer_error(scope, error)
        if response.status_code >= 500 and response.status_code != 503:
            self.access_log.record_failure(scope, error)
        if exchange.status:
            # Part of the response is sent. The server closes the connection, the only sign of the
            # error that the client can get; raising would only log the error again.
            self.access_log.record_broken_response(scope, error)
            return
        await response(scope, receive, exchange.send)

    def _limit_body(self, scope: Scope, receive: Receive, sent: dict[bytes, bytes]) -> Receive:
        limit = self.upload_limit if scope["path"] == _UPLOADS else self.body_limit
        declared = sent.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            raise _make_too_large(limit)
        taken = 0

        async def receive_within_limit() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _make_too_large(limit)
            return message

        return receive_within_limit


class ResponseSender:
    """The sender of one response: adds headers, and for HEAD drops the body."""

    __slots__ = ("_send", "is_keyed", "is_plain", "method", "request_id", "status")

    def __init__(
        self, send: Send, method: str, request_id: str, sent: Mapping[bytes, bytes]
    ) -> None:
        self._send = send
        self.method = method
        self.request_id = request_id
        self.is_keyed = b"authorization" in sent
        self.is_plain = b"accept-encoding" not in sent
        self.status = 0

    def send(self, message: Any) -> Awaitable[None]:
        """Send one ASGI message of the response, without a coroutine of its own."""
        kind = message["type"]
        if kind == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._complete_headers(message["headers"])
        elif self.method == "HEAD" and kind == "http.response.body":
            return self._send_end(message.get("more_body", False))
        return self._send(message)

    async def _send_end(self, had_more: bool) -> None:
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        if had_more:
            raise _HeadAnswered

    def _complete_headers(self, headers: Sequence[Header]) -> list[Header]:
        present = dict(headers)
        if self.is_keyed:
            headers = [header for header in headers if header[0] != b"cache-control"]
            headers.append(PRIVATE)
        if self.is_plain:
            headers = add_vary(headers, present)
        elif b"content-encoding" in present and b"etag" in present:
            headers = add_coding_to_etag(headers)
        policy = () if b"content-security-policy" in present else (API_POLICY,)
        others = READ_HEADERS if self.method in READ_METHODS else SECURITY_HEADERS
        return [*headers, *policy, *others, (b"x-request-id", self.request_id.encode())]


class _HeadAnswered(Exception):
    """The end of a response to HEAD, whose headers are sent and whose body is dropped."""


def _make_too_large(limit: int) -> HTTPException:
    # FastAPI's own reading of bodies passes on only HTTPException.
    return HTTPException(413, f"the body is larger than the {limit:,} bytes accepted here")
