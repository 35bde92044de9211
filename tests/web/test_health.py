"""Probes and metrics."""

import asyncio

import pytest

from app.web import health
from app.web.health import ReadinessResult
from tests.web.conftest import Ask, asking, connect
from tests.web.sample import SECRET, make_app


async def fine() -> ReadinessResult:
    return ReadinessResult(ok=True, detail="3 ms")


async def behind() -> ReadinessResult:
    return ReadinessResult(ok=False, detail="two migrations behind")


async def broken() -> ReadinessResult:
    raise RuntimeError(SECRET)


async def slow() -> ReadinessResult:
    await asyncio.sleep(60)
    return ReadinessResult(ok=True, detail="at last")


@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
async def test_ready_when_all_is_there(path: str) -> None:
    async with connect(make_app({"database": fine})) as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    found = {"database": {"ok": True, "detail": "3 ms"}}
    assert answer.json() == {"status": "ok", "checks": found, "writes": "ok"}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("check", "detail"),
    [
        (behind, "two migrations behind"),
        (broken, "the check failed; the log has the reason"),
        (slow, "no answer within 0.05 s"),
    ],
)
async def test_not_ready_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, check: health.ReadinessCheck, detail: str
) -> None:
    monkeypatch.setattr(health, "CHECK_TIMEOUT", 0.05)
    async with connect(make_app({"database": fine, "schema": check})) as client:
        answer = await client.get("/readyz")
    document = answer.json()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["detail"] == "not ready: schema"
    assert document["checks"]["schema"] == {"ok": False, "detail": detail}
    assert SECRET not in answer.text


async def test_alive_whatever_is_missing() -> None:
    async with connect(make_app({"schema": broken})) as client:
        answer = await asking(client)("GET /livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_metrics_are_prometheus_text(ask: Ask) -> None:
    answer = await ask("GET /metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE http_request_duration_seconds histogram" in answer.text
    assert "process_cpu_seconds_total" in answer.text
