"""Merges, imports, mirrors and purges together: the check finds nothing, and a restore is equal."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from app.errors import Conflict
from app.ingest.import_options import ImportOptions
from app.ingest.report import ImportReport
from app.ingest.run import run_import
from app.main import create_app
from app.maintenance.purge import find_purge_target, purge_record
from app.settings import Settings
from app.values.ids import make_record_id
from tests.api.conftest import serving
from tests.api.desk import DATABASES, Desk, Record, open_desk
from tests.ingest.gdelt_rows import EXPORT, PAIRED
from tests.ingest.rows import RAMI, row_of, write_csv
from tests.maintenance.conftest import beside, findings, findings_after, findings_at, url_of
from tests.maintenance.test_backup import empty, restored, written

AHEAD: dict[str, Any] = {"process_from": 0}
SHOWN_EVENTS = 12


@pytest.fixture(params=DATABASES)
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    """Return a desk for each test."""
    async with open_desk(request, tmp_path) as desk:
        yield desk


async def load(desk: Desk, path: Path, **order: Any) -> ImportReport:
    """Import a file."""
    return await run_import(desk.app.state.annals.database, path, ImportOptions(**order))


async def remove(desk: Desk, id: UUID | str) -> None:
    """Purge a record."""
    database = desk.app.state.annals.database
    target = await database.read(lambda connection: find_purge_target(connection, UUID(str(id))))
    await database.write(lambda write: purge_record(write, target))


async def merge(desk: Desk, winner: Record, *losers: Record) -> Record:
    """Merge the losers into the winner."""
    ids = [each["id"] for each in losers]
    return await desk.make("/v1/merges", {"winner": winner["id"], "losers": ids})


def shown(report: ImportReport) -> dict[str, int]:
    """Return the counts of a report that are not zero; the parts sum to the total."""
    counts = {name: count for name, count in report.rows.to_document().items() if count}
    assert counts["read"] == sum(counts.values()) - counts["read"]
    return counts


async def groups(desk: Desk, dataset: str) -> dict[str, Record]:
    """Make merges of every kind, revised, undone, deleted and restored; return the events."""
    made = {name: await desk.event(dataset, title=f"Meeting {name}") for name in "abcdefgh"}
    for event in made.values():
        await desk.claim(event)
    await desk.relation(made["a"], made["c"])
    await desk.relation(made["c"], made["d"])
    await desk.relation(made["b"], made["a"])
    merges = {
        "ba": await merge(desk, made["b"], made["a"]),
        "cb": await merge(desk, made["c"], made["b"]),
        "ed": await merge(desk, made["e"], made["d"]),
        "gf": await merge(desk, made["g"], made["f"]),
    }
    (claim, *_) = await desk.items(f"/v1/claims?event={made['c']['id']}")
    await desk.change(f"PATCH /v1/claims/{claim['id']}", {"stance": "denies"})
    await desk.change(f"POST /v1/merges/{merges['ed']['id']}/undo")
    await desk.change(f"DELETE /v1/events/{made['g']['id']}")
    await desk.change(f"DELETE /v1/events/{made['c']['id']}")
    await desk.change(f"POST /v1/events/{made['c']['id']}/restore")
    return made


async def imports(desk: Desk, folder: Path) -> None:
    """Import GDELT's events and mentions in both orders; mirror, and restore the removed events."""
    events = folder / "some.export.CSV"
    events.write_text("".join(EXPORT.read_text().splitlines(keepends=True)[:SHOWN_EVENTS]))
    ids = {line.partition("\t")[0] for line in events.read_text().splitlines()}
    lines = PAIRED.read_text().splitlines(keepends=True)
    mentions = folder / "some.mentions.CSV"
    about = [line for line in lines if line.partition("\t")[0] in ids]
    mentions.write_text("".join([*about, *lines[:3]]))
    for dataset, files in {"early": (mentions, events), "late": (events, mentions)}.items():
        for file in files:
            assert shown(await load(desk, file, dataset=dataset))["read"]
    all_rows = [row_of(), row_of("401115")]
    some = write_csv(folder / "some.csv", all_rows[:1])
    whole = write_csv(folder / "all.csv", all_rows)
    for path, mirror in ((whole, False), (some, True), (whole, False), (some, True)):
        await load(desk, path, mirror=mirror)


async def exported(desk: Desk) -> dict[str, Any]:
    """Return every visible record."""
    paths = ("events?include=claims,relations", "claims?", "relations?", "merges?", "sources?")
    return {path: await desk.items(f"/v1/{path}&limit=1000") for path in paths}


async def test_everything_together_is_whole_and_restores_into_the_other(
    request: pytest.FixtureRequest, desk: Desk, tmp_path: Path
) -> None:
    made = await groups(desk, await desk.dataset("private"))
    await imports(desk, tmp_path)
    await remove(desk, made["h"]["id"])
    url = url_of(desk)
    assert findings_at(url) == []
    ids = {name: UUID(event["id"]).hex for name, event in made.items()}
    assert undetected(url, ids) == []
    backup, sums = beside(written, url)
    (other,) = set(DATABASES) - {request.node.callspec.params["desk"]}
    with empty(request, other, tmp_path) as target:
        assert beside(restored, target, backup) == sums
        assert findings_at(target) == []
        settings = Settings(database_url=target, spool_dir=tmp_path / "spool")
        async with serving(create_app(settings)) as app:
            there = Desk(app)
            assert await exported(there) == await exported(desk)
            await there.close()


DAMAGES = [
    (
        "UPDATE merged_events SET winner_id = '{e}' WHERE event_id = '{a}'",
        "is not that of the event",
    ),
    ("DELETE FROM merged_events WHERE event_id = '{b}'", "the feed and the merges disagree"),
    ("DELETE FROM merged_events WHERE event_id = '{b}'", "is not a current event"),
    ("UPDATE merged_events SET into_id = '{e}' WHERE event_id = '{f}'", "no merge says that it"),
    ("UPDATE merged_events SET event_id = '{e}' WHERE event_id = '{f}'", "but is current"),
    ("UPDATE merged_events SET dataset = 'late' WHERE event_id = '{f}'", "in another dataset"),
    ("UPDATE merges SET winner_id = '{a}' WHERE winner_id = '{b}'", "disagrees in winner_id"),
    ("UPDATE merges SET is_undone = 1 WHERE winner_id = '{b}'", "its row disagrees in is_undone"),
    ("DELETE FROM claims WHERE event_id = '{a}'", "disagrees with its content and claims"),
    ("UPDATE claim_rows SET row = '{{}}'", "its hash is not that of its row"),
    ("UPDATE claim_rows SET is_waiting = 0", "is not pending, and has no event"),
    ("UPDATE claim_rows SET dataset = 'early' WHERE is_waiting = 0", "to another dataset than"),
]


def undetected(url: str, ids: dict[str, str]) -> list[tuple[str, list[str]]]:
    """Return the damages that a check does not find, with its other findings."""
    missed: list[tuple[str, list[str]]] = []

    def work(connection: Connection) -> None:
        for damage, said in DAMAGES:
            undo = connection.begin_nested()
            assert connection.execute(text(damage.format(**ids))).rowcount, damage
            found = findings(connection)
            undo.rollback()
            if not any(said in each for each in found):
                missed.append((damage, found))

    assert findings_after(url, work) == []
    return missed


async def test_a_merged_event_is_purged_from_its_group(desk: Desk) -> None:
    dataset = await desk.dataset()
    winner, loser, other, last = [await desk.event(dataset) for _ in range(4)]
    for event in (winner, loser, loser, other):
        await desk.claim(event)
    merged = await merge(desk, winner, loser)
    with pytest.raises(Conflict, match=f"{loser['id']} was merged into"):
        await remove(desk, winner["id"])
    (claim, *_) = [
        each
        for each in await desk.items(f"/v1/claims?event={winner['id']}")
        if each["event"] == loser["id"]
    ]
    before = (await desk.get(f"/v1/events/{winner['id']}"))["claims"]["affirming"]
    await remove(desk, claim["id"])
    now = await desk.get(f"/v1/events/{winner['id']}")
    assert now["claims"]["affirming"] == before - 1
    assert findings_at(url_of(desk)) == []
    await remove(desk, loser["id"])
    now = await desk.get(f"/v1/events/{winner['id']}?include=claims")
    assert (now["claims"]["affirming"], len(now["claims"]["items"])) == (1, 1)
    assert findings_at(url_of(desk)) == []
    assert (await desk.ask(f"GET /v1/events/{loser['id']}")).status_code == 410
    undone = await desk.ask(f"POST /v1/merges/{merged['id']}/undo")
    assert (undone.status_code, "purged" in undone.json()["detail"]) == (409, True)
    both = await merge(desk, winner, other, last)
    await remove(desk, other["id"])
    await desk.change(f"POST /v1/merges/{both['id']}/undo")
    listed = await desk.items(f"/v1/events?dataset={dataset}")
    assert {each["id"] for each in listed} == {winner["id"], last["id"]}
    assert findings_at(url_of(desk)) == []
    await remove(desk, winner["id"])
    assert findings_at(url_of(desk)) == []


async def test_what_was_purged_is_not_new_to_what_loads_ahead(desk: Desk, tmp_path: Path) -> None:
    event = make_record_id("ucdp-ged", RAMI)
    file = write_csv(tmp_path / "rows.csv", [row_of()])
    await load(desk, file, **AHEAD)
    await remove(desk, event)
    report = await load(desk, file, **AHEAD)
    assert shown(report) == {"read": 1, "unchanged": 1}
    assert (await desk.ask(f"GET /v1/events/{event}")).status_code == 410
    assert findings_at(url_of(desk)) == []
