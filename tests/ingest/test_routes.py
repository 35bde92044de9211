"""Imports over HTTP: upload, progress, report, and who may see it."""

import asyncio
import gzip
import zipfile
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response
from sqlalchemy import insert, select

from app.aggregate.keeper import Counting
from app.db.database import Database
from app.errors import NotAuthenticated
from app.ingest import routes
from app.ingest.jobs import ABANDONED, create_job
from app.ingest.report import RowCounts
from app.ingest.run import ImportOrder
from app.ingest.runner import ImportRunner
from app.models.imports import import_findings, imports
from app.query.seal import Seal
from app.settings import Settings
from app.values.callers import Caller
from app.web.backing import Backing
from app.web.edge import About, install, new_application
from tests.ingest.conftest import START
from tests.ingest.rows import SAMPLES, UCDP, row_of, write_csv

SCOPES = {
    "importer": frozenset({"import"}),
    "other": frozenset({"import"}),
    "reader": frozenset({"read"}),
    "admin": frozenset({"admin"}),
}


class Ask(Protocol):
    """Sends one request: `await ask("POST /v1/imports", content)`."""

    async def __call__(
        self, line: str, content: bytes | None = None, key: str = "importer", **headers: str
    ) -> Response:
        """Return the answer."""


class Report(Protocol):
    """Waits for an import to end."""

    async def __call__(self, answer: Response, key: str = "importer") -> dict[str, Any]:
        """Return its document."""


@pytest.fixture
async def runner(database: Database, tmp_path: Path) -> AsyncIterator[ImportRunner]:
    """The runner of imports, at work."""
    made = ImportRunner(database, tmp_path / "spool")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def app(database: Database, database_url: str, runner: ImportRunner) -> FastAPI:
    """The application with imports alone."""
    made = new_application(
        About(
            title="Imports",
            version="1",
            summary="Imports.",
            description="Imports.",
            tags={"imports": "Imports.", "operations": "Operations."},
        )
    )
    made.include_router(routes.router)
    settings = Settings.model_validate({"database_url": database_url, "upload_limit": 3_000_000})
    seal = Seal(b"secret")
    counting = Counting(database, settings, seal)
    made.state.backing = Backing(database, seal, settings, lambda: START, counting)
    made.state.imports = runner

    async def authenticate(token: str) -> Caller:
        if token not in SCOPES:
            raise NotAuthenticated("the key is not valid")
        return Caller(token, token, SCOPES[token], None)

    install(made, settings, authenticate=authenticate)
    return made


@pytest.fixture
async def ask(app: FastAPI) -> AsyncIterator[Ask]:
    """Ask the application in one line."""
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://annals.test") as client:

        async def ask(
            line: str, content: bytes | None = None, key: str = "importer", **headers: str
        ) -> Response:
            method, target = line.split(" ", 1)
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            sent["authorization"] = f"Bearer {key}"
            return await client.request(method, target, content=content, headers=sent)

        yield ask


@pytest.fixture
def report(ask: Ask) -> Report:
    """Follow `Location` until the import is no longer running."""

    async def report(answer: Response, key: str = "importer") -> dict[str, Any]:
        assert answer.status_code == 202, answer.text
        for _ in range(600):
            shown: dict[str, Any] = (await ask(f"GET {answer.headers['location']}", key=key)).json()
            if shown["status"] != "running":
                return shown
            await asyncio.sleep(0.02)
        raise AssertionError("the import does not end")

    return report


def csv_of(tmp_path: Path, *rows: dict[str, str]) -> bytes:
    return write_csv(tmp_path / "upload.csv", list(rows)).read_bytes()


def zipped(content: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("GEDEvent_v23_1.csv", content)
    return packed.getvalue()


def counts(**of: int) -> dict[str, int]:
    return {**RowCounts().shown(), **of, "read": sum(of.values())}


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zipped])
@pytest.mark.parametrize("query", ["", "?format=ucdp-ged&dataset=ucdp-ged&dry_run=false"])
async def test_a_file_goes_in_however_it_is_packed(
    ask: Ask, report: Report, pack: Any, query: str
) -> None:
    content = pack((UCDP / "ged_hdx_sample.csv").read_bytes())
    answer = await ask(f"POST /v1/imports{query}", content)
    shown = await report(answer)
    assert (shown["status"], shown["detail"]) == ("done", None)
    assert shown["rows"] == counts(created=SAMPLES["ged_hdx_sample.csv"])
    assert (shown["format"], shown["dataset"], shown["dry_run"]) == ("ucdp-ged", "ucdp-ged", False)


async def test_the_answer_is_the_import_as_it_stands(
    ask: Ask, report: Report, tmp_path: Path
) -> None:
    name = 'attachment; filename="GEDEvent_v23_1.csv"'
    answer = await ask(
        "POST /v1/imports?dry_run=true", csv_of(tmp_path, row_of()), content_disposition=name
    )
    body = answer.json()
    assert answer.headers["location"] == f"/v1/imports/{body['id']}"
    assert (body["dry_run"], body["file_name"]) == (True, "GEDEvent_v23_1.csv")
    assert body["requested_by"] == "importer"
    assert (await report(answer))["rows"] == counts(created=1)
    again = await ask("POST /v1/imports", csv_of(tmp_path, row_of()))
    assert (await report(again))["rows"] == counts(created=1)


async def test_what_is_wrong_is_reported(
    ask: Ask, report: Report, runner: ImportRunner, tmp_path: Path
) -> None:
    content = csv_of(tmp_path, row_of(best="9"), row_of("401115", date_end="soon"))
    shown = await report(await ask("POST /v1/imports", content))
    assert shown["rows"] == counts(created=1, rejected=1)
    assert [(each["line"], each["column"], each["value"]) for each in shown["rejections"]] == [
        (3, "date_end", "soon")
    ]
    assert [each["column"] for each in shown["warnings"]] == ["best"]
    assert shown["more"] == {"rejections": None, "warnings": None}
    assert list(runner.spool_dir.iterdir()) == []


@pytest.mark.parametrize(
    ("query", "content", "status", "complaint"),
    [
        ("?format=ucdp", b"x", 422, "did you mean 'ucdp-ged'"),
        ("?fromat=ucdp-ged", b"x", 422, "did you mean 'format'"),
        ("?dataset=UCDP!", b"x", 422, "dataset"),
        ("", b"a,b\n1,2\n", 422, "none of the formats known here"),
        ("", b"", 400, "the body is empty"),
        ("", b"PK\x03\x04broken", 422, "broken"),
        ("", b"x" * 3_000_001, 413, "3,000,000"),
    ],
)
async def test_a_request_that_is_wrong_is_refused_at_once(
    ask: Ask, query: str, content: bytes, status: int, complaint: str
) -> None:
    answer = await ask(f"POST /v1/imports{query}", content)
    assert answer.status_code == status
    assert complaint in answer.json()["detail"]
    assert (await ask("GET /v1/imports")).json()["items"] == []


async def test_a_form_is_not_a_file(ask: Ask) -> None:
    form = "multipart/form-data; boundary=x"
    answer = await ask("POST /v1/imports", b"--x--", content_type=form)
    assert answer.status_code == 415
    assert "text/csv" in answer.headers["accept-post"]


@pytest.mark.parametrize(
    ("query", "content", "detail"),
    [
        ("?format=ucdp-ged", b"a,b\n1,2\n", "neither the header of UCDP GED nor a row"),
        ("?format=ucdp-ged", gzip.compress(b"x" * 4_000_000, mtime=0), "3,000,000 bytes"),
        ("?format=ucdp-ged", b"\xff\xfeid", "neither the header"),
    ],
)
async def test_a_file_that_is_not_of_the_format_fails(
    ask: Ask, report: Report, query: str, content: bytes, detail: str
) -> None:
    shown = await report(await ask(f"POST /v1/imports{query}", content))
    assert shown["status"] == "failed"
    assert detail in shown["detail"]


@pytest.mark.parametrize(
    ("key", "status"), [("importer", 200), ("other", 404), ("admin", 200), ("reader", 403)]
)
async def test_an_import_shows_to_whom_it_belongs(
    ask: Ask, report: Report, tmp_path: Path, key: str, status: int
) -> None:
    answer = await ask("POST /v1/imports", csv_of(tmp_path, row_of()))
    await report(answer)
    location = answer.headers["location"]
    for path in (location, f"{location}/rejections", f"{location}/warnings"):
        assert (await ask(f"GET {path}", key=key)).status_code == status
    listed = await ask("GET /v1/imports?count=exact", key=key)
    if status == 403:
        assert listed.status_code == 403
    else:
        assert len(listed.json()["items"]) == listed.json()["count"]["value"] == (status == 200)


async def test_who_may_not_import_is_told_before_the_file_is_read(ask: Ask) -> None:
    assert (await ask("POST /v1/imports", b"x", key="reader")).status_code == 403
    assert (await ask("POST /v1/imports", b"x", key="nobody")).status_code == 401


async def test_long_lists_are_walked_or_streamed(
    ask: Ask, report: Report, database: Database, tmp_path: Path
) -> None:
    answer = await ask("POST /v1/imports?dry_run=true", csv_of(tmp_path, row_of()))
    await report(answer)
    id, location = answer.json()["id"], answer.headers["location"]
    rows = [
        {"import_id": select(imports.c.id).scalar_subquery(), "number": number}
        for number in range(250)
    ]
    said = {"severity": "rejection", "line": 7, "column": None, "value": None, "reason": "r"}

    def work(write: Any) -> None:
        (job,) = write.connection.scalars(select(imports.c.id))
        wrong = [{**row, "import_id": job, **said} for row in rows]
        write.connection.execute(insert(import_findings), wrong)

    await database.write(work)
    shown = (await ask(f"GET {location}")).json()
    assert len(shown["rejections"]) == 100
    assert shown["more"] == {"rejections": f"/v1/imports/{id}/rejections", "warnings": None}
    found = 0
    cursor: str | None = ""
    while cursor is not None:
        page = await ask(f"GET {location}/rejections?limit=100&count=exact{cursor}")
        found += len(page.json()["items"])
        assert page.json()["count"] == {"value": 250, "kind": "exact"}
        cursor = page.json()["next_cursor"]
        cursor = cursor and f"&cursor={cursor}"
    assert found == 250
    lines = (await ask(f"GET {location}/rejections", accept="application/x-ndjson")).text
    assert len(lines.splitlines()) == 250
    assert (await ask(f"GET {location}/warnings?format=ndjson")).text == ""


async def test_the_newest_import_comes_first(ask: Ask, report: Report, tmp_path: Path) -> None:
    ids = []
    for _ in range(3):
        answer = await ask("POST /v1/imports?dry_run=true", csv_of(tmp_path, row_of()))
        await report(answer)
        ids.append(answer.json()["id"])
    first = (await ask("GET /v1/imports?limit=2")).json()
    rest = (await ask(f"GET /v1/imports?limit=2&cursor={first['next_cursor']}")).json()
    assert [each["id"] for each in [*first["items"], *rest["items"]]] == ids[::-1]
    assert "rejections" not in first["items"][0]


async def test_an_import_whose_server_died_has_failed(
    ask: Ask, database: Database, runner: ImportRunner
) -> None:
    caller = Caller("importer", "importer", SCOPES["importer"], None)
    order = ImportOrder("ucdp-ged", "ucdp-ged", caller=caller)
    id = await database.write(lambda write: create_job(write, order, "ucdp-ged"))
    runner.spool_dir.mkdir(parents=True, exist_ok=True)
    left_over = runner.spool_dir / f"{id}.upload"
    left_over.write_bytes(b"x")
    for _ in range(31):
        await database.write(lambda write: write.at)
    restarted = ImportRunner(database, runner.spool_dir)
    await restarted.start()
    shown = (await ask(f"GET /v1/imports/{id}")).json()
    assert (shown["status"], shown["detail"]) == ("failed", ABANDONED)
    assert not left_over.exists()
    await restarted.stop()


async def test_a_server_that_stops_ends_its_imports(ask: Ask, runner: ImportRunner) -> None:
    content = (UCDP / "ged191_excerpt.csv").read_bytes()
    answers = [await ask("POST /v1/imports", content) for _ in range(2)]
    await runner.stop()
    for answer in answers:
        shown = (await ask(f"GET {answer.headers['location']}")).json()
        assert (shown["status"], shown["detail"]) == ("failed", ABANDONED)
    assert list(runner.spool_dir.iterdir()) == []


async def test_an_import_that_is_not_there(ask: Ask) -> None:
    assert (await ask(f"GET /v1/imports/{uuid4()}")).status_code == 404
