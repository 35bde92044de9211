"""Imports over HTTP: upload, progress, report and visibility."""

import asyncio
import gzip
import zipfile
from collections.abc import AsyncIterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response
from sqlalchemy import insert, select, update

from app.aggregate.engine import AggregateEngine
from app.db.database import Database
from app.errors import NotAuthenticated
from app.ingest import routes
from app.ingest.coverage import parse_period
from app.ingest.import_options import ImportOptions
from app.ingest.jobs.job_store import ABANDONED_DETAIL, REVOKED_DETAIL, create_job
from app.ingest.jobs.job_worker import ABANDON_MICROS, SILENCE_MICROS, ImportWorker
from app.ingest.report import RowCounts
from app.models.imports import import_findings, imports
from app.models.keys import keys
from app.query.opaque_tokens import TokenSealer
from app.settings import Settings
from app.values.caller import Caller
from app.web.application import ApiDescription, install, make_application
from app.web.state import AppState
from tests.ingest.conftest import START
from tests.ingest.gdelt_rows import EXPORT, KOREA
from tests.ingest.rows import SAMPLES, UCDP, row_of, write_csv
from tests.waiting import until

SCOPES = {
    "importer": frozenset({"import"}),
    "other": frozenset({"import"}),
    "reader": frozenset({"read"}),
    "admin": frozenset({"admin"}),
}
HOLDER = {
    "id": "importer",
    "name": "importer",
    "hash": "-",
    "scopes": ["import"],
    "datasets": None,
    "created_at": START,
}


class Ask(Protocol):
    """A client: `await ask("POST /v1/imports", content)`."""

    async def __call__(
        self, line: str, content: bytes | None = None, key: str = "importer", **headers: str
    ) -> Response:
        """Return the answer."""


class LeaveOver(Protocol):
    """A function that stores a job, with its file if there is one, and returns its address."""

    async def __call__(self, content: bytes | None, **order: Any) -> str:
        """Return the address."""


class Report(Protocol):
    """A function that waits for an import to end."""

    async def __call__(self, answer: Response, key: str = "importer") -> dict[str, Any]:
        """Return its document."""


@pytest.fixture
async def runner(database: Database, tmp_path: Path) -> AsyncIterator[ImportWorker]:
    """Yield a running import worker."""
    limits = ImportOptions(most_bytes=3_000_000, batch_rows=200)
    made = ImportWorker(database, tmp_path / "spool", limits)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def app(database: Database, database_url: str, runner: ImportWorker) -> FastAPI:
    """Yield the application with imports only."""
    made = make_application(
        ApiDescription(
            title="Imports",
            version="1",
            summary="Imports.",
            description="Imports.",
            tags={"imports": "Imports.", "operations": "Operations."},
        )
    )
    made.include_router(routes.router)
    settings = Settings.model_validate({"database_url": database_url, "upload_limit": 3_000_000})
    seal = TokenSealer(b"secret")
    engine = AggregateEngine(database, settings, seal)
    made.state.annals = AppState(database, seal, settings, lambda: START, engine)
    made.state.imports = runner

    async def authenticate(token: str) -> Caller:
        if token not in SCOPES:
            raise NotAuthenticated("the key is not valid")
        return Caller(token, token, SCOPES[token], None)

    install(made, settings, authenticate=authenticate)
    return made


@pytest.fixture
async def ask(app: FastAPI) -> AsyncIterator[Ask]:
    """Send a request in one line."""
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
        shown: dict[str, Any] = {}

        async def ended() -> bool:
            shown.update((await ask(f"GET {answer.headers['location']}", key=key)).json())
            return bool(shown["status"] != "running")

        await until(ended)
        return shown

    return report


async def is_empty(folder: Path) -> bool:
    return not await asyncio.to_thread(lambda: list(folder.iterdir()))


def csv_of(tmp_path: Path, *rows: dict[str, str]) -> bytes:
    return write_csv(tmp_path / "upload.csv", list(rows)).read_bytes()


def zipped(content: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("GEDEvent_v23_1.csv", content)
    return packed.getvalue()


def counts(**of: int) -> dict[str, int]:
    return {**RowCounts().to_document(), **of, "read": sum(of.values())}


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


async def test_an_import_says_why_the_file_is_what_it_is(ask: Ask, report: Report) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(KOREA, "b.export.CSV")
        archive.write(EXPORT, "a.export.CSV")
    shown = await report(await ask("POST /v1/imports", packed.getvalue()))
    assert shown["format"] == "gdelt-events"
    assert shown["format_reason"].startswith("line 1 has the 61 columns of GDELT events 2.0")
    assert shown["rows"]["created"] == 786
    assert shown["rejections"][0]["reason"].startswith("b.export.CSV: the same record is on line")
    named = await report(await ask("POST /v1/imports?format=gdelt-events", KOREA.read_bytes()))
    assert named["format_reason"] == "the format was named"


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
    ask: Ask, report: Report, runner: ImportWorker, tmp_path: Path
) -> None:
    content = csv_of(tmp_path, row_of(best="9"), row_of("401115", date_end="soon"))
    shown = await report(await ask("POST /v1/imports", content))
    assert shown["rows"] == counts(created=1, rejected=1)
    assert [(each["line"], each["column"], each["value"]) for each in shown["rejections"]] == [
        (3, "date_end", "soon")
    ]
    assert [each["column"] for each in shown["warnings"]] == ["best"]
    assert shown["more"] == {"rejections": None, "warnings": None, "published": None}
    await until(partial(is_empty, runner.spool_dir))


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
        ("?format=ucdp-ged", b"\xff\xfeid", "the file is UTF-16"),
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
    more = {"rejections": f"/v1/imports/{id}/rejections", "warnings": None, "published": None}
    assert shown["more"] == more
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


@pytest.fixture
def left_over(database: Database, runner: ImportWorker) -> LeaveOver:
    """Leave a job behind, like a server that dies."""

    async def leave_over(content: bytes | None, **order: Any) -> str:
        await database.write(lambda write: write.connection.execute(insert(keys), HOLDER))
        caller = Caller("importer", "importer", SCOPES["importer"], None)
        named = {"format": "ucdp-ged", "dataset": "ucdp-ged", **order}
        asked = ImportOptions(caller=caller, **named)
        id = await database.write(lambda write: create_job(write, asked, "ucdp-ged", "dead"))
        runner.spool_dir.mkdir(parents=True, exist_ok=True)
        if content is not None:
            (runner.spool_dir / f"{id}.upload").write_bytes(content)
        silence = (ABANDON_MICROS if content is None else SILENCE_MICROS) + 60_000_000
        silent = update(imports).values(alive_at=imports.c.alive_at - silence)
        await database.write(lambda write: write.connection.execute(silent))
        return f"/v1/imports/{id}"

    return leave_over


@pytest.fixture
async def restarted(database: Database, runner: ImportWorker) -> AsyncIterator[ImportWorker]:
    """Return the worker of the next process, before it starts."""
    made = ImportWorker(database, runner.spool_dir, ImportOptions(batch_rows=100))
    yield made
    await made.stop()


async def test_an_import_whose_file_is_gone_has_failed(
    ask: Ask, left_over: LeaveOver, restarted: ImportWorker
) -> None:
    location = await left_over(None)
    await restarted.start()
    shown = (await ask(f"GET {location}")).json()
    assert (shown["status"], shown["detail"]) == ("failed", ABANDONED_DETAIL)


@pytest.mark.parametrize("dry_run", [False, True])
async def test_an_import_whose_server_died_goes_on(
    ask: Ask, report: Report, left_over: LeaveOver, restarted: ImportWorker, dry_run: bool
) -> None:
    content = (UCDP / "ged_hdx_sample.csv").read_bytes()
    location = await left_over(content, dry_run=dry_run)
    await restarted.start()
    shown = await report(Response(202, headers={"location": location}))
    assert shown["status"] == "done", shown["detail"]
    assert shown["rows"] == counts(created=300)
    await until(partial(is_empty, restarted.spool_dir))


@pytest.mark.parametrize(("dataset", "made"), [(None, 2), ("ucdp-ged", 1)])
async def test_it_goes_on_into_the_datasets_that_it_was_for(
    report: Report,
    left_over: LeaveOver,
    restarted: ImportWorker,
    dataset: str | None,
    made: int,
) -> None:
    rows = "".join(f"{each},meeting,A,2024,1\r\n" for each in ("ucdp-ged", "desk"))
    content = f"dataset,type,title,date,external_id\r\n{rows}".encode()
    location = await left_over(content, format="annals", dataset=dataset)
    await restarted.start()
    shown = await report(Response(202, headers={"location": location}))
    assert shown["rows"] == {**counts(created=made), "read": 2, "rejected": 2 - made}


async def test_an_import_goes_on_after_its_last_batch(
    ask: Ask,
    report: Report,
    database: Database,
    runner: ImportWorker,
    restarted: ImportWorker,
) -> None:
    await database.write(lambda write: write.connection.execute(insert(keys), HOLDER))
    content = (UCDP / "ged231_sample1000.csv").read_bytes()
    answer = await ask("POST /v1/imports", content)

    async def rows_read() -> int:
        shown = (await ask(f"GET {answer.headers['location']}")).json()
        return int(shown["rows"]["read"])

    await until(rows_read)
    before = await rows_read()
    await runner.stop()
    stopped = (await ask(f"GET {answer.headers['location']}")).json()
    assert before <= stopped["rows"]["read"] < 1000
    assert stopped["status"] == "running"
    await restarted.start()
    shown = await report(answer)
    assert shown["status"] == "done", shown["detail"]
    assert shown["rows"] == counts(created=1000), "no row is counted twice, none is lost"
    assert shown["progress"]["bytes_read"] == shown["progress"]["bytes_total"] == len(content)


async def test_a_revoked_key_ends_what_it_asked_for(
    ask: Ask, database: Database, left_over: LeaveOver, restarted: ImportWorker
) -> None:
    location = await left_over(b"x")
    revoked = update(keys).values(revoked_at=START)
    await database.write(lambda write: write.connection.execute(revoked))
    await restarted.start()
    shown = (await ask(f"GET {location}")).json()
    assert (shown["status"], shown["detail"]) == ("failed", REVOKED_DETAIL)
    assert list(restarted.spool_dir.iterdir()) == []


async def test_an_import_can_be_cancelled(
    ask: Ask, report: Report, runner: ImportWorker, tmp_path: Path
) -> None:
    content = (UCDP / "ged191_excerpt.csv").read_bytes()
    running = [await ask("POST /v1/imports", content) for _ in range(3)]
    for answer in running:
        location = answer.headers["location"]
        assert (await ask(f"POST {location}/cancel", key="other")).status_code == 404
        cancelled = await ask(f"POST {location}/cancel")
        assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
        assert (await ask(f"POST {location}/cancel")).status_code == 200
    await until(partial(is_empty, runner.spool_dir))
    shown = [await report(answer) for answer in running]
    assert {each["status"] for each in shown} == {"cancelled"}
    assert all(each["rows"]["read"] < 3194 for each in shown)
    done = await ask("POST /v1/imports", csv_of(tmp_path, row_of()))
    await report(done)
    assert (await ask(f"POST {done.headers['location']}/cancel")).status_code == 409


async def test_two_imports_run_at_once(ask: Ask, report: Report) -> None:
    content = (UCDP / "ged_hdx_sample.csv").read_bytes()
    answers = [
        await ask(f"POST /v1/imports?dataset={dataset}", content)
        for dataset in ("ucdp-ged", "ucdp-ged", "another")
    ]
    first, second, third = [await report(answer) for answer in answers]
    assert {each["status"] for each in (first, second, third)} == {"done"}
    assert third["rows"] == counts(created=300)
    both = [first["rows"][name] + second["rows"][name] for name in ("created", "unchanged")]
    assert both == [300, 300], "what both have, one makes"


async def test_an_import_that_is_not_there(ask: Ask) -> None:
    assert (await ask(f"GET /v1/imports/{uuid4()}")).status_code == 404


async def test_what_is_gone_is_removed_once_its_number_is_confirmed(
    ask: Ask, report: Report, tmp_path: Path
) -> None:
    rows = [row_of() | {"id": str(each)} for each in (1, 2, 3)]
    await report(await ask("POST /v1/imports", csv_of(tmp_path, *rows)))
    line = "POST /v1/imports?mirror=true&coverage=2013&country=SY"
    shown = await report(await ask(line, csv_of(tmp_path, *rows[:1])))
    assert shown["coverage"] == {"period": "2013-01-01/2013-12-31", "countries": ["SYR"]}
    assert shown["removals"] == {"found": 2, "removed": 0, "confirm": 2}
    line = f"POST /v1/imports/{shown['id']}/removals"
    json = {"content_type": "application/json"}
    for body, key, status in (
        (b'{"confirm": 2}', "other", 404),
        (b'{"confirm": 2}', "reader", 403),
        (b'{"confirm": 3}', "importer", 409),
        (b'{"confirm": "2"}', "importer", 422),
        (b"{}", "admin", 422),
        (b'{"confirm": 2}', "admin", 200),
        (b'{"confirm": 2}', "importer", 409),
    ):
        answer = await ask(line, body, key, **json)
        assert answer.status_code == status, answer.text
    shown = (await ask(f"GET /v1/imports/{shown['id']}")).json()
    assert shown["removals"] == {"found": 2, "removed": 2, "confirm": None}
    assert shown["status"] == "done"


@pytest.mark.parametrize("query", ["coverage=soon", "coverage=2024~", "country=XX", "confirm=1"])
async def test_a_coverage_that_is_none_is_refused(ask: Ask, query: str) -> None:
    answer = await ask(f"POST /v1/imports?{query}", b"x")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.text


@pytest.mark.parametrize("query", ["mirror=true", "coverage=2017", "country=KOR"])
async def test_files_of_gdelt_cover_nothing(ask: Ask, query: str) -> None:
    answer = await ask(f"POST /v1/imports?{query}", KOREA.read_bytes())
    assert answer.status_code == 422
    assert "cannot be mirrored" in answer.json()["detail"]


async def test_an_import_that_goes_on_keeps_its_coverage(
    report: Report, left_over: LeaveOver, restarted: ImportWorker, tmp_path: Path
) -> None:
    covered = {"coverage": parse_period("2013"), "countries": frozenset({"SYR"}), "mirror": True}
    location = await left_over(csv_of(tmp_path, row_of()), **covered)
    await restarted.start()
    shown = await report(Response(202, headers={"location": location}))
    assert shown["coverage"] == {"period": "2013-01-01/2013-12-31", "countries": ["SYR"]}
    assert shown["removals"] == {"found": 0, "removed": 0, "confirm": None}
