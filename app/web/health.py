"""The routes for operators: liveness, readiness and metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import orjson
import structlog
from fastapi import APIRouter, Query
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import BaseModel, Field
from sqlalchemy import Text, column, literal, select, table
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.db.database import Database
from app.db.feed_positions import TRANSACTION_SHIFT
from app.db.limits.write_health import WriteStatus
from app.db.migrations import find_newest_revision
from app.db.sql.feed_sql import first_unsettled_position, first_unstarted_position
from app.db.statements import Statement
from app.errors import Invalid, Unavailable
from app.web.errors.problems import PROBLEM_JSON, find_problem, make_error_responses

CHECK_TIMEOUT = 2.0
"""Seconds that a readiness check may take before it counts as failed."""

_NO_STORE = {"cache-control": "no-store"}


class Alive(BaseModel):
    """The state of the process."""

    status: Literal["ok"] = Field(description="Always `ok`: the process answers.")


class Checked(BaseModel):
    """The result of one readiness check."""

    ok: bool = Field(description="True if the check passed.")
    detail: str = Field(description="The result of the check.", examples=["answers"])


class Ready(BaseModel):
    """The results of all readiness checks."""

    status: Literal["ok"] = Field(description="Always `ok`; otherwise the answer is a problem.")
    checks: dict[str, Checked] = Field(
        description="The results of the checks, by name.",
        examples=[{"database": {"ok": True, "detail": "answers"}}],
    )
    writes: WriteStatus = Field(
        description="`ok`, or the reason why the last writes failed: the disk may be full,"
        " the database read-only, its files failing or damaged. Reads are still answered."
    )


_ALIVE: dict[int | str, Any] = {200: {"model": Alive, "description": "The process is alive."}}
_READY: dict[int | str, Any] = {200: {"model": Ready, "description": "The service is ready."}}
_MEASURED: dict[int | str, Any] = {
    200: {
        "description": "The measurements.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}


@dataclass(frozen=True)
class ReadinessResult:
    """The result of a readiness check; `detail` is public."""

    ok: bool
    detail: str


ReadinessCheck = Callable[[], Awaitable[ReadinessResult]]


def report_writes_taken() -> WriteStatus:
    """Report that writes are accepted, for a service that does not write."""
    return "ok"


@dataclass(frozen=True)
class ReadinessChecks:
    """The readiness checks by name, and the state of writes."""

    checks: Mapping[str, ReadinessCheck]
    writes: Callable[[], WriteStatus] = report_writes_taken


ForQuery = Annotated[
    Literal["reads", "writes"],
    Query(
        alias="for",
        description="With `writes` the answer is 503 also if only reads are answered.",
    ),
]


def make_health_router(needs: ReadinessChecks, registry: CollectorRegistry) -> APIRouter:
    """Make the routes."""
    router = APIRouter(tags=["operations"])
    readiness = _READY | make_error_responses(Invalid, Unavailable)

    @router.get("/livez", summary="Check liveness", responses=_ALIVE)
    async def get_liveness() -> Response:
        """Answer as long as the process can answer at all; nothing else is checked."""
        return _make_json_response(200, {"status": "ok"})

    @router.get("/readyz", summary="Check readiness", responses=readiness)
    async def get_readiness(request: Request, wanted: ForQuery = "reads") -> Response:
        """Check the database and everything else that the service needs, each by name."""
        return await _answer_readiness(request, needs, wanted)

    @router.get("/healthz", summary="Check health", responses=readiness)
    async def get_health(request: Request, wanted: ForQuery = "reads") -> Response:
        """Answer as `/readyz` does, for clients that expect this path."""
        return await _answer_readiness(request, needs, wanted)

    @router.get(
        "/metrics",
        summary="Get metrics",
        responses=_MEASURED,
        response_class=PlainTextResponse,
    )
    async def get_metrics() -> Response:
        """Return requests, durations and figures of the process, in the Prometheus text format."""
        text = generate_latest(registry)
        return Response(text, headers={**_NO_STORE, "content-type": CONTENT_TYPE_LATEST})

    return router


async def _answer_readiness(request: Request, needs: ReadinessChecks, wanted: str) -> Response:
    checks, writes = needs.checks, needs.writes()
    findings = await asyncio.gather(*(_run_check(name, check) for name, check in checks.items()))
    named = {
        name: {"ok": finding.ok, "detail": finding.detail}
        for name, finding in zip(checks, findings, strict=True)
    }
    failed = [name for name, finding in zip(checks, findings, strict=True) if not finding.ok]
    if wanted == "writes" and writes != "ok":
        failed.append("writes")
    if not failed:
        return _make_json_response(200, {"status": "ok", "checks": named, "writes": writes})
    problem = find_problem(Unavailable)
    document = {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": f"not ready: {', '.join(failed)}",
        "instance": request.url.path,
        "errors": [],
        "trace_id": request.state.trace_id,
        "checks": named,
        "writes": writes,
    }
    return Response(
        orjson.dumps(document),
        status_code=problem.status,
        media_type=PROBLEM_JSON,
        headers={**_NO_STORE, "retry-after": "5"},
    )


async def _run_check(name: str, check: ReadinessCheck) -> ReadinessResult:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            return await check()
    except TimeoutError:
        return ReadinessResult(ok=False, detail=f"no answer within {CHECK_TIMEOUT:g} s")
    except Exception as error:
        structlog.get_logger("annals.readiness").error("check failed", check=name, exc_info=error)
        return ReadinessResult(ok=False, detail="the check failed; the log has the reason")


def _make_json_response(status: int, document: object) -> Response:
    return Response(
        orjson.dumps(document),
        status_code=status,
        media_type="application/json",
        headers=_NO_STORE,
    )


_PING = Statement(select(literal(1)))
_REVISION = Statement(select(column("version_num", Text)).select_from(table("alembic_version")))
_FEED = Statement(
    select(first_unsettled_position().label("settled"), first_unstarted_position().label("started"))
)


def make_readiness_checks(database: Database) -> ReadinessChecks:
    """Return the readiness checks of a database."""

    async def check_database() -> ReadinessResult:
        try:
            await database.fetch(_PING, {})
        except Unavailable as absent:
            return ReadinessResult(ok=False, detail=absent.detail)
        return ReadinessResult(ok=True, detail="answers")

    async def check_schema() -> ReadinessResult:
        needed = find_newest_revision()
        ((found,),) = await database.fetch(_REVISION, {})
        same = found == needed
        return ReadinessResult(
            ok=same, detail=f"at {found}" + ("" if same else f", needs {needed}")
        )

    async def check_feed() -> ReadinessResult:
        ((settled, started),) = await database.fetch(_FEED, {})
        behind = (started - settled) >> TRANSACTION_SHIFT
        return ReadinessResult(ok=True, detail=f"{behind} transactions not settled yet")

    checks = {"database": check_database, "schema": check_schema, "feed": check_feed}
    return ReadinessChecks(checks, lambda: database.write_status)
