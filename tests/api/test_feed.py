"""The change feed: every change once and in order, whoever else is writing."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import pytest

from tests.api.conftest import ADMIN_KEY
from tests.api.desk import DATABASES, Desk, Record, a_claim, a_meeting, open_desk

WRITERS = 12
STEPS = 14
SEED = 20240618
UNMOVED = {"/v1/count", "/v1/datasets?count=exact", "/v1/actors?count=exact"}
"""The part of the feed that is the same for callers with access to the private dataset."""


@pytest.fixture(params=DATABASES)
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk of the test's own: the feed is read from its beginning."""
    async with open_desk(request, tmp_path) as desk:
        yield desk


class Follower:
    """Reads the feed page by page, as a client does that never sees anything else."""

    def __init__(self, desk: Desk, key: str | None = ADMIN_KEY, limit: int = 7) -> None:
        self.desk = desk
        self.key = key
        self.limit = limit
        self.cursor = ""
        self.seen: list[Record] = []

    async def read(self) -> int:
        """Read one page; how many changes it had."""
        after = f"&after={self.cursor}" if self.cursor else ""
        page = await self.desk.get(f"/v1/changes?limit={self.limit}{after}", key=self.key)
        assert page["next_cursor"], "there is always a place to ask next"
        self.cursor = page["next_cursor"]
        self.seen += page["items"]
        return len(page["items"])

    async def read_all(self) -> list[Record]:
        """Read until there is nothing new."""
        await self.desk.settle()
        while await self.read():
            pass
        return self.seen


def assert_whole(seen: list[Record], wanted: set[tuple[str, str, int]]) -> None:
    """Nothing is missed, nothing comes twice, and each record's revisions come in order."""
    changes = [(each["kind"], each["id"], each["revision"]) for each in seen]
    assert len(changes) == len(set(changes))
    assert len({each["position"] for each in seen}) == len(seen)
    assert set(changes) >= wanted
    revisions: dict[str, list[int]] = defaultdict(list)
    for _, record, revision in changes:
        revisions[record].append(revision)
    for record, found in revisions.items():
        assert found == list(range(1, len(found) + 1)), record


class Writer:
    """One of many concurrent writers, with the answers to its writes."""

    def __init__(self, desk: Desk, number: int, dataset: str, source: str) -> None:
        self.desk = desk
        self.random = Random(SEED + number)
        self.dataset = dataset
        self.source = source
        self.events: dict[str, bool] = {}
        self.done: set[tuple[str, str, int]] = set()

    async def write(self, shared: list[str]) -> None:
        """Make, change, delete and restore events, also those that others write."""
        for _ in range(STEPS):
            await self._step(shared)

    async def _step(self, shared: list[str]) -> None:
        mine = [event for event, stands in self.events.items() if stands]
        action = self.random.choice(["make", "patch", "claim", "relate", "delete", "restore"])
        if action == "make" or not self.events:
            made = await self.desk.make("/v1/events", a_meeting(self.dataset))
            self.events[made["id"]] = True
            self.note("event", made)
        elif action == "claim":
            claim = await self.desk.make(
                f"/v1/events/{self.random.choice(shared)}/claims", a_claim(self.source)
            )
            self.note("claim", claim)
        elif action == "restore" or not mine:
            await self._restore()
        else:
            await self._change(action, self.random.choice(mine), self.random.choice(shared))

    async def _change(self, action: str, event: str, shared: str) -> None:
        if action == "patch":
            target = self.random.choice([event, shared])
            title = {"title": f"{self.random.random()}"}
            self.note("event", await self.desk.change(f"PATCH /v1/events/{target}", title))
        elif action == "relate":
            body = {"from": event, "to": shared, "type": "follows"}
            answer = await self.desk.ask("POST /v1/relations", body)
            assert answer.status_code in {201, 409}
            if answer.status_code == 201:
                self.note("relation", answer.json())
        else:
            await self.desk.change(f"DELETE /v1/events/{event}")
            self.events[event] = False

    async def _restore(self) -> None:
        for event, stands in self.events.items():
            if not stands:
                restored = await self.desk.change(f"POST /v1/events/{event}/restore")
                self.events[event] = True
                self.note("event", restored)
                return

    def note(self, kind: str, record: Record) -> None:
        """Remember a change that was acknowledged."""
        self.done.add((kind, record["id"], record["revision"]))


async def test_a_reader_among_writers_misses_nothing(desk: Desk) -> None:
    dataset, source = await desk.dataset(), await desk.source()
    shared = [(await desk.event(dataset))["id"] for _ in range(3)]
    writers = [Writer(desk, number, dataset, source) for number in range(WRITERS)]
    followers = [Follower(desk, limit=limit) for limit in (3, 50)]
    writing = asyncio.gather(*(writer.write(shared) for writer in writers))

    async def follow(follower: Follower) -> None:
        while not writing.done():
            await follower.read()
            await asyncio.sleep(0)

    await asyncio.gather(writing, *(follow(follower) for follower in followers))
    wanted = set().union(*(writer.done for writer in writers))
    assert len(wanted) > WRITERS * STEPS / 3, f"seed {SEED}"
    late = await Follower(desk, limit=10_000).read_all()
    for follower in followers:
        seen = await follower.read_all()
        assert_whole(seen, wanted)
        assert seen == late


async def test_an_open_transaction_holds_the_feed_back(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    request.param = "postgresql"
    async with open_desk(request, tmp_path) as desk:
        event = await desk.event()
        follower = Follower(desk)
        before = len(await follower.read_all())
        url = desk.app.state.annals.settings.database_url
        raw: asyncpg.Connection[Any] = await asyncpg.connect(url)
        opened = raw.transaction()
        await opened.start()
        await raw.execute("SELECT pg_current_xact_id()")
        await desk.change(f"PATCH /v1/events/{event['id']}", {"title": "Held back"})
        line = f"GET /v1/changes?after={follower.cursor}"
        held = await desk.ask(line)
        assert (await follower.read(), held.json()["items"]) == (0, [])
        now = await desk.get(f"/v1/events/{event['id']}?as_of=now")
        assert now["title"] == "A meeting"
        await opened.rollback()
        await raw.close()
        assert len(await follower.read_all()) == before + 1
        # The tag of the answer from before must not hide what was committed meanwhile.
        assert (await desk.ask(line, if_none_match=held.headers["etag"])).status_code == 200


async def test_a_change_is_told_by_what_it_did(desk: Desk) -> None:
    dataset = await desk.dataset()
    first, second = await desk.event(dataset), await desk.event(dataset)
    claim = await desk.claim(first)
    relation = await desk.relation(first, second)
    await desk.change(f"DELETE /v1/events/{first['id']}")
    await desk.change(f"POST /v1/events/{first['id']}/restore")
    seen = await Follower(desk).read_all()
    slugs = [each for each in seen if each["kind"] in {"dataset", "source"}]
    assert [(each["kind"], each["operation"]) for each in slugs] == [
        ("dataset", "created"),
        ("source", "created"),
    ]
    assert slugs[0]["id"] == dataset
    told = [
        (each["kind"], each["operation"], each["revision"]) for each in seen if each not in slugs
    ]
    assert told[:5] == [
        ("event", "created", 1),
        ("event", "created", 1),
        ("event", "updated", 2),
        ("claim", "created", 1),
        ("relation", "created", 1),
    ]
    assert sorted(told[5:8]) == [
        ("claim", "deleted", 2),
        ("event", "deleted", 3),
        ("relation", "deleted", 2),
    ]
    assert sorted(told[8:]) == [
        ("claim", "restored", 3),
        ("event", "restored", 4),
        ("relation", "restored", 3),
    ]
    for parameter, count in (
        ("kind=claim", 3),
        ("kind=claim,relation", 6),
        ("operation=deleted", 3),
        (f"id={relation['id']}", 3),
        (f"id={claim['id']}&operation=restored", 1),
        (f"dataset={dataset}", len(told) + 1),
        (f"dataset={dataset}&kind=event", 5),
        (f"id={dataset}", 1),
        (f"id={dataset},{claim['id']}", 4),
        (f"id={dataset}&kind=actor", 0),
    ):
        assert len(await desk.items(f"/v1/changes?{parameter}")) == count, parameter


async def test_an_unchanged_put_is_no_change(desk: Desk) -> None:
    event = await desk.event()
    await desk.change(f"PUT /v1/events/{event['id']}", event)
    assert [each["kind"] for each in await Follower(desk).read_all()] == ["dataset", "event"]


async def test_private_changes_leave_no_trace(desk: Desk) -> None:
    public, private = await desk.dataset(), await desk.dataset("private")
    granted = await desk.key("read", datasets=[private])
    event, hidden = await desk.event(public), await desk.event(private)
    paths = [
        "/v1/changes",
        "/v1/changes?after={cursor}",
        "/v1/changes?kind=claim",
        "/v1/events?as_of=now&count=exact",
        "/v1/count",
        "/v1/count?as_of=now",
        f"/v1/events/{event['id']}?include=relations&as_of=now",
        "/v1/events?count=exact",
        "/v1/claims?count=exact",
        "/v1/relations?count=exact",
        "/v1/datasets?count=exact",
        "/v1/sources?count=exact",
        "/v1/actors?count=exact",
    ]
    await desk.settle()
    cursor = (await desk.get("/v1/changes", key=None))["next_cursor"]

    async def told(key: str | None) -> list[tuple[str, str, str | None]]:
        await desk.settle()
        asked = [path.replace("{cursor}", cursor) for path in paths]
        answers = [await desk.ask(f"GET {path}", key=key) for path in asked]
        return [
            (answer.text, answer.headers["etag"], answer.headers.get("annals-as-of"))
            for answer in answers
        ]

    before = {key: await told(key) for key in (None, granted)}
    source = await desk.make(
        "/v1/sources",
        {"slug": "insider", "kind": "other", "name": "Insider", "dataset": private},
    )
    await desk.claim(hidden, source["slug"])
    await desk.relation(hidden, event)
    await desk.change(f"PATCH /v1/events/{hidden['id']}", {"title": "Hidden still"})
    await desk.change(f"DELETE /v1/events/{(await desk.event(private))['id']}")
    assert await told(None) == before[None]
    after = await told(granted)
    rows = zip(paths, before[granted], after, strict=True)
    changed = [path for path, one, other in rows if one != other]
    assert changed == [path for path in paths if path not in UNMOVED]
    mine = await Follower(desk, key=granted).read_all()
    assert mine == await Follower(desk).read_all()
