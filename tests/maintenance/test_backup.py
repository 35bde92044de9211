"""Backups during writes: a restore into either kind of database is complete and consistent."""

import asyncio
import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import Connection

from app.db.migrations import find_newest_revision, run_on_schema, upgrade
from app.db.snapshot import run_on_snapshot
from app.errors import Invalid
from app.main import create_app
from app.maintenance.backup import write_backup
from app.maintenance.backup_format import TableChecksum
from app.maintenance.restore import read_head, restore_records
from app.settings import Settings
from tests.api.conftest import serving
from tests.api.desk import DATABASES, Desk
from tests.databases import PostgresServer
from tests.maintenance.conftest import beside, findings_at


def quiet(done: int, total: int) -> None:
    assert 0 < done <= total


def written(url: str) -> tuple[bytes, dict[str, TableChecksum]]:
    """Return a backup of the database at this URL and its checksums."""

    def work(connection: Connection) -> tuple[bytes, dict[str, TableChecksum]]:
        file = BytesIO()
        sums = write_backup(connection, str(find_newest_revision()), file, quiet)
        return file.getvalue(), sums

    return run_on_snapshot(url, work)


def restored(url: str, backup: bytes, epoch: int | None = None) -> dict[str, TableChecksum]:
    """Fill the empty database at this URL."""

    def work(connection: Connection) -> dict[str, TableChecksum]:
        file = BytesIO(backup)
        head = read_head(file)
        upgrade(connection)
        return restore_records(connection, file, head, epoch, quiet)

    return run_on_schema(url, work)


@contextmanager
def empty(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[str]:
    """Return the URL of a database without a schema."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'restored.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.mark.parametrize("into", DATABASES)
async def test_what_is_restored_is_what_was(
    request: pytest.FixtureRequest, url: str, used: dict[str, str], into: str, tmp_path: Path
) -> None:
    backup, sums = beside(written, url)
    with empty(request, into, tmp_path) as other:
        assert beside(restored, other, backup) == sums
        assert findings_at(other) == []
        again = beside(written, other)[1]
        assert {name for name, held in again.items() if held != sums[name]} == {"feed"}
        with pytest.raises(Invalid, match="is not empty"):
            beside(restored, other, backup)


async def test_positions_go_on_above_all_before(
    request: pytest.FixtureRequest, desk: Desk, url: str, used: dict[str, str], tmp_path: Path
) -> None:
    """A follower of the old database's feed continues in the new one where it was."""
    await desk.settle()
    last = (await desk.get("/v1/changes?limit=10000"))["next_cursor"]
    backup, _ = beside(written, url)
    for epoch in (None,) if request.node.callspec.params["desk"] == "postgresql" else (None, 5):
        with empty(request, request.node.callspec.params["desk"], tmp_path) as other:
            beside(restored, other, backup, epoch)
            settings = Settings(database_url=other, spool_dir=tmp_path / "spool")
            async with serving(create_app(settings)) as app:
                new = Desk(app)
                await new.settle()
                assert await new.items(f"/v1/changes?after={last}") == []
                path = f"/v1/events/{used['event']}"
                await new.change(f"PATCH {path}", {"title": "After the restore"})
                await new.settle()
                (change,) = await new.items(f"/v1/changes?after={last}")
                assert (change["id"], change["operation"]) == (used["event"], "updated")
                before = await new.get(f"{path}?as_of={last}&fields=title")
                assert before != {"title": "After the restore"}
                await new.close()
            assert findings_at(other) == []
        (tmp_path / "restored.db").unlink(missing_ok=True)


async def test_a_backup_under_writes_is_of_one_moment(
    request: pytest.FixtureRequest, desk: Desk, url: str, used: dict[str, str], tmp_path: Path
) -> None:
    async def write(number: int) -> None:
        dataset = await desk.dataset()
        for _ in range(4):
            event = await desk.event(dataset, title=f"By writer {number}")
            await desk.claim(event)
            await desk.change(f"PATCH /v1/events/{event['id']}", {"tags": ["x"]})

    backups = asyncio.gather(*(asyncio.to_thread(written, url) for _ in range(2)))
    await asyncio.gather(*(write(number) for number in range(4)))
    with empty(request, "sqlite", tmp_path) as other:
        backup, sums = (await backups)[1]
        assert beside(restored, other, backup) == sums
        assert findings_at(other) == []


DAMAGES: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda backup: backup[:-200], "not a backup, or is damaged|incomplete"),
    (lambda backup: backup.replace(b"A first meeting", b"Another meeting"), "incomplete"),
    (lambda backup: b"\n".join(backup.split(b"\n")[:-2]), "incomplete"),
    (lambda backup: backup.replace(b'"table":"claims"', b'"table":"claim"'), "schema lacks"),
    (lambda backup: b"id,title\n1,2\n", "not a backup"),
    (lambda backup: b"[]\n", "not a backup"),
    (lambda backup: b'{"format":"annals-backup","version":9}\n', "version 9"),
    (gzip.compress, "not a backup"),
    (lambda backup: b"", "not a backup"),
]


async def test_a_damaged_backup_restores_nothing(
    url: str, used: dict[str, str], tmp_path: Path
) -> None:
    backup, _ = beside(written, url)
    target = f"sqlite:///{tmp_path / 'restored.db'}"
    for damage, said in DAMAGES:
        with pytest.raises(Invalid, match=said):
            beside(restored, target, damage(backup))
    for epoch in (0, 64):
        with pytest.raises(Invalid, match="epoch must be from 1 to 63"):
            beside(restored, target, backup, epoch)
    assert beside(restored, target, backup)["events"].rows
