"""What those who run the service ask: is it alive, is it ready, how is it doing."""

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
    """That the process answers."""

    status: Literal["ok"] = Field(description="Always ok: the process answers.")


class Checked(BaseModel):
    """Whether one thing that the service needs is there."""

    ok: bool = Field(description="Whether it is there.")
    detail: str = Field(description="What was found.", examples=["answers"])


class Ready(BaseModel):
    """That all the service needs is there."""

    status: Literal["ok"] = Field(description="Always ok: else the answer is a problem.")
    checks: dict[str, Checked] = Field(
        description="What the service needs, by name.",
        examples=[{"database": {"ok": True, "detail": "answers"}}],
    )
    writes: WriteStatus = Field(
        description="Whether writes are taken, as far as the last ones told: the disk may be full,"
        " the database read-only, its files failing or damaged. Reads are answered all the same."
    )


_ALIVE: dict[int | str, Any] = {200: {"model": Alive, "description": "It is."}}
_READY: dict[int | str, Any] = {200: {"model": Ready, "description": "It can."}}
_MEASURED: dict[int | str, Any] = {
    200: {
        "description": "The measurements.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}


@dataclass(frozen=True)
class ReadinessResult:
    """What a readiness check found; `detail` is public."""

    ok: bool
    detail: str


ReadinessCheck = Callable[[], Awaitable[ReadinessResult]]


def report_writes_taken() -> WriteStatus:
    """Say that they are, where nothing is written."""
    return "ok"


@dataclass(frozen=True)
class ReadinessChecks:
    """All that the service needs: checks by name, and whether its writes are taken."""

    checks: Mapping[str, ReadinessCheck]
    writes: Callable[[], WriteStatus] = report_writes_taken


ForQuery = Annotated[
    Literal["reads", "writes"],
    Query(
        alias="for",
        description="Ready for what: with `writes` the answer is 503 also where only reads are"
        " answered.",
    ),
]


def make_health_router(needs: ReadinessChecks, registry: CollectorRegistry) -> APIRouter:
    """Make the routes."""
    router = APIRouter(tags=["operations"])
    readiness = _READY | make_error_responses(Invalid, Unavailable)

    @router.get("/livez", summary="Is the process alive?", responses=_ALIVE)
    async def get_liveness() -> Response:
        """Answers as long as the process can answer at all; nothing else is looked at."""
        return _make_json_response(200, {"status": "ok"})

    @router.get("/readyz", summary="Can the service answer requests?", responses=readiness)
    async def get_readiness(request: Request, wanted: ForQuery = "reads") -> Response:
        """Looks at all that the service needs, and says of each whether it is there."""
        return await _answer_readiness(request, needs, wanted)

    @router.get("/healthz", summary="The same as /readyz", responses=readiness)
    async def get_health(request: Request, wanted: ForQuery = "reads") -> Response:
        """Another name of `/readyz`, for those who look for this one."""
        return await _answer_readiness(request, needs, wanted)

    @router.get(
        "/metrics",
        summary="Measurements for Prometheus",
        responses=_MEASURED,
        response_class=PlainTextResponse,
    )
    async def get_metrics() -> Response:
        """Requests, durations and the process itself, in the Prometheus text format."""
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
    """What the service needs of one database."""

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
    return ReadinessChecks(checks, lambda: database.writes)
