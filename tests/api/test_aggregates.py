"""Events in numbers: each shape as one small case; that all agree is shown in `questions`."""

from collections.abc import AsyncIterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.aggregate.columns import column_counts, column_network
from app.aggregate.columns.build_columns import build_columns
from app.aggregate.engine import AggregateEngine
from app.db.statements import Row, Statement
from tests.api.desk import DATABASES, Desk, Record, faults, open_desk

PYONGYANG = {"country": "PRK", "longitude": 125.75, "latitude": 39.03, "precision": "city"}
SEOUL = {"country": "KOR", "longitude": 126.98, "latitude": 37.57, "precision": "city"}
TOKYO = {"country": "JPN", "precision": "country"}


@pytest.fixture(params=DATABASES)
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk of the test's own."""
    async with open_desk(request, tmp_path) as desk:
        yield desk


@pytest.fixture(scope="module", params=DATABASES)
async def reading(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """A desk with the four events, which nobody changes."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        await a_record(desk)
        yield desk


async def a_record(desk: Desk) -> str:
    """Four events; their dataset."""
    dataset = await desk.dataset()
    host, guest = {"actor": "PRK", "role": "host"}, {"actor": "RUS", "role": "guest"}
    target = {"actor": "KOR", "role": "target"}
    launcher = {"actor": "PRK", "role": "launcher"}
    for date, kind, location, participants, best in (
        ("2024-06-18/2024-06-19", "summit", PYONGYANG, [host, guest], None),
        ("2024-08", "meeting", SEOUL, [], None),
        ("2024", "bombing", TOKYO, [launcher, target], 3),
        ("2024-06-26", "bombing", None, [launcher], 5),
    ):
        given = {"type": kind, "date": date, "participants": participants, "location": location}
        deaths = {"low": best, "best": best, "high": best} if best else None
        await desk.event(dataset, **given, fatalities=deaths)
    return dataset


async def keep_columns(desk: Desk) -> None:
    """Count over columns from now on."""
    state = desk.app.state.annals
    settings = state.settings.model_copy(update={"columns_from": 0})
    state.engine = AggregateEngine(state.database, settings, state.sealer)
    # In this process: that another can do it is shown in `questions`.
    await build_columns(state.database, state.engine.cache.folder)
    await state.engine.cache.refresh()
    assert state.engine.cache.columns is not None


async def test_a_date_coarser_than_the_bucket_counts_apart(reading: Desk) -> None:
    asked = "/v1/aggregate?by=month&measures=count,fatalities_best,fatalities_most"
    assert await reading.get(asked) == {
        "data": [
            {"month": "2024-06", "count": 2, "fatalities_best": 5, "fatalities_most": 5},
            {"month": "2024-08", "count": 1, "fatalities_best": 0, "fatalities_most": None},
            {"month": None, "count": 1, "fatalities_best": 3, "fatalities_most": 3},
        ],
        "next_cursor": None,
    }
    (year,) = (await reading.get("/v1/aggregate?by=year"))["data"]
    assert year == {"year": "2024", "count": 4}
    assert (await reading.get("/v1/aggregate"))["data"] == [{"count": 4}]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("by=month&type=meeting,summit", "2024-06 1, 2024-07 0, 2024-08 1"),
        (
            "by=month&type=meeting&since=2024-07-31&until=2024-10-01",
            "2024-07 0, 2024-08 1, 2024-09 0",
        ),
        ("by=week&type=bombing", "2024-W26 1, None 1"),
        ("by=quarter&type=summit&since=2024-01-01", "2024-Q1 0, 2024-Q2 1"),
        ("by=day&type=summit", "None 1"),
        ("by=month&type=coup", ""),
        ("by=month&type=coup&since=2024-01-01&until=2024-02-02", "2024-01 0, 2024-02 0"),
    ],
)
async def test_gaps_are_filled(reading: Desk, query: str, rows: str) -> None:
    data = (await reading.get(f"/v1/aggregate?fill=true&{query}"))["data"]
    assert ", ".join(" ".join(map(str, row.values())) for row in data) == rows


async def test_facets_tell_of_what_is_beyond_the_top_and_of_none(reading: Desk) -> None:
    assert await reading.get("/v1/facets?by=type,country,role&top=1") == {
        "facets": {
            "type": {
                "items": [{"value": "bombing", "count": 2}],
                "rest": {"values": 2, "count": 2},
            },
            "country": {
                "items": [{"value": "JPN", "count": 1}, {"value": None, "count": 1}],
                "rest": {"values": 2, "count": 2},
            },
            "role": {
                "items": [{"value": "launcher", "count": 2}, {"value": None, "count": 1}],
                "rest": {"values": 3, "count": 3},
            },
        },
        "total": 4,
    }


async def test_a_grid_counts_what_is_on_the_map_and_what_is_not(reading: Desk) -> None:
    near = await reading.get("/v1/grid?zoom=8")
    assert [cell["count"] for cell in near["cells"]] == [1, 1]
    assert await reading.get("/v1/grid?zoom=0") == {
        "cells": [{"longitude": 112.5, "latitude": 22.5, "count": 2}],
        "unplaced": 2,
        "degrees": 45.0,
    }


async def test_an_edge_leads_from_who_acts(reading: Desk) -> None:
    found = await reading.get("/v1/network")
    assert [(each["actor"], each["count"]) for each in found["nodes"]] == [
        ("PRK", 3),
        ("KOR", 1),
        ("RUS", 1),
    ]
    assert found["edges"] == [
        {"from": "PRK", "to": "KOR", "count": 1},
        {"from": "RUS", "to": "PRK", "count": 1},
    ]
    fewer = await reading.get("/v1/network?top=2")
    assert (len(fewer["edges"]), fewer["left_out"]) == (1, {"nodes": 1, "edges": 1})


async def test_a_person_is_not_the_other_side_of_its_state(desk: Desk) -> None:
    for state in ("PRK", "RUS"):
        person = {"actor": await desk.actor(f"leader-{state.lower()}"), "for": state}
        other = {"actor": "KOR", "role": "side"}
        await desk.event(type="summit", participants=[{**person, "role": "side"}, other])
    edges = (await desk.get("/v1/network"))["edges"]
    assert {(each["from"], each["to"]) for each in edges} == {
        ("KOR", "PRK"),
        ("PRK", "KOR"),
        ("KOR", "RUS"),
        ("RUS", "KOR"),
    }
    persons = await desk.get("/v1/network?kind=person")
    assert [each["actor"] for each in persons["nodes"]] == ["leader-prk", "leader-rus"]


async def test_a_dashboard_is_of_one_position_and_its_list_goes_on(desk: Desk) -> None:
    await a_record(desk)
    await desk.settle()
    filters = "type=bombing,summit&sort=title"
    board = await desk.get(f"/v1/dashboard?{filters}&limit=2&by=type&bucket=year&fields=id,date")
    assert (board["total"], board["grid"]["unplaced"]) == (3, 2)
    assert board["histogram"]["data"] == [{"year": "2024", "count": 3}]
    cursor = board["events"]["next_cursor"]
    rest = await desk.items(f"/v1/events?{filters}&fields=id,date&cursor={cursor}")
    whole = await desk.items(f"/v1/events?{filters}&fields=id,date")
    assert board["events"]["items"] + rest == whole
    again = await desk.get(f"/v1/dashboard?{filters}&as_of={board['position']}&limit=2&by=type")
    await desk.event(type="bombing")
    later = await desk.get(f"/v1/dashboard?{filters}&as_of={board['position']}&limit=2&by=type")
    assert (again["total"], again) == (3, later)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("aggregate?by=mounth", "unknown dimension 'mounth'; did you mean 'month' or 'country'?"),
        ("aggregate?by=month,month", "by names the same twice"),
        ("aggregate?measures=coutn", "unknown measure 'coutn'; did you mean 'count'?"),
        ("facets?by=countri", "unknown dimension 'countri'; did you mean 'country'?"),
        ("dashboard?bucket=weak", "unknown bucket 'weak'; did you mean 'week'?"),
        ("dashboard?sort=relevance", "relevance needs q"),
        ("grid?zom=4", "unknown parameter 'zom'; did you mean 'zoom'?"),
        ("aggregate?by=day&fill=true&since=0001-01-01", "739,"),
    ],
)
async def test_a_mistake_names_what_was_meant(reading: Desk, query: str, told: str) -> None:
    answer = await reading.ask(f"GET /v1/{query}")
    assert answer.status_code == 422
    assert told in faults(answer)[0]["detail"]


async def test_columns_hide_what_became_private_since(desk: Desk) -> None:
    dataset = await a_record(desk)
    await keep_columns(desk)
    for target in ("/v1/aggregate", "/v1/aggregate"):
        assert (await desk.get(target, key=None))["data"] == [{"count": 4}]
    await desk.change(f"PATCH /v1/datasets/{dataset}", {"visibility": "private"})
    assert (await desk.get("/v1/aggregate", key=None))["data"] == [{"count": 0}]
    assert (await desk.get("/v1/facets", key=None))["total"] == 0
    assert (await desk.get("/v1/facets"))["total"] == 4


COUNTED_ALIKE = (
    "aggregate?by=actor,code,month&measures=count,fatalities_best,fatalities_known,fatalities_most",
    "aggregate?by=source,tag,actor,role",
    "facets?by=actor,tag,code,source",
    "facets?by=actor&actor=PRK,KOR&role=launcher",
    "facets?by=type&actor=PRK&role=host",
    "facets?by=type&actor_all=PRK,RUS",
    "facets?by=type&dyad=PRK,KOR&role=target",
    "facets?by=code&tag=a tag,none",
    "facets?by=source&source=reuters&code=cameo:042",
    "facets?by=tag&type=coup",
    "network",
    "network?kind=person&tag=a tag",
    "network?kind=state&top=2",
    "network?type=coup",
)


@pytest.mark.parametrize("few", [False, True])
async def test_columns_count_as_the_database_does(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, few: bool
) -> None:
    """Also a few combinations at a time, and where groups are too many for an array of all."""
    dataset = await a_record(desk)
    leader = {"actor": await desk.actor("a-leader"), "role": "side"}
    sides = [leader, {"actor": "KOR", "role": "side"}, {"actor": "PRK", "role": "side"}]
    marked = {"tags": ["a tag", "b"], "codes": {"cameo": "042", "plover": "x"}}
    event = await desk.event(dataset, participants=sides, **marked)
    await desk.claim(event, await desk.source("reuters"))
    counted = {path: await desk.get(f"/v1/{path}", key=None) for path in COUNTED_ALIKE}
    await keep_columns(desk)
    # One that changed since.
    await desk.change(f"DELETE /v1/events/{(await desk.event(dataset, **marked))['id']}")
    if few:
        for name in ("MOST_ROWS", "MOST_CODES", "LARGEST_CODE"):
            monkeypatch.setattr(column_counts, name, 4)
        for name in ("MOST_PAIRS", "MOST_PLACES"):
            monkeypatch.setattr(column_network, name, 1)
    for path, wanted in counted.items():
        assert await desk.get(f"/v1/{path}") == wanted, path


async def test_columns_follow_every_kind_of_change(desk: Desk) -> None:
    dataset = await a_record(desk)
    await keep_columns(desk)
    made = await desk.event(dataset, type="coup")
    for change, found in (
        (f"PATCH /v1/events/{made['id']}", {"type": "riot"}),
        (f"DELETE /v1/events/{made['id']}", None),
        (f"POST /v1/events/{made['id']}/restore", None),
    ):
        await desk.change(change, found)
        listed = await desk.get("/v1/count")
        facets = await desk.get("/v1/facets?by=type")
        assert (
            facets["total"]
            == listed["value"]
            == sum(each["count"] for each in facets["facets"]["type"]["items"])
        )
        await desk.app.state.annals.engine.cache.refresh()
        assert await desk.get("/v1/facets?by=type&top=999") == {**facets}
    await desk.claim(made)
    by_status = await desk.get("/v1/facets?by=verification&type=riot")
    assert by_status["facets"]["verification"]["items"] == [{"value": "alleged", "count": 1}]


IS_COUNTED = ContextVar("IS_COUNTED", default=False)
"""Set where an answer is made; what the application does beside that has a context of its own."""


class Statements:
    """Counts the statements that answers need."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.sent: list[str] = []
        database = desk.app.state.annals.database
        fetch = database.fetch

        async def counted(statement: Statement, values: Any) -> list[Row]:
            if IS_COUNTED.get():
                self.sent.append(statement.compile_for(database._dialect).sql)
            return await fetch(statement, values)  # type: ignore[no-any-return]

        database.fetch = counted

    async def of(self, target: str, **headers: str) -> tuple[int, int]:
        """The status of an answer, and how many statements it took."""
        self.sent.clear()
        token = IS_COUNTED.set(True)
        answer = await self.desk.ask(f"GET {target}", key=None, **headers)
        IS_COUNTED.reset(token)
        return answer.status_code, len(self.sent)


async def test_how_many_statements_an_answer_takes(desk: Desk) -> None:
    await a_record(desk)
    await keep_columns(desk)
    await desk.settle()
    await desk.app.state.annals.engine.cache.refresh()
    statements = Statements(desk)
    # Two tell the state before and after, and one what has changed since the columns were made.
    assert await statements.of("/v1/facets?type=bombing") == (200, 3)
    assert await statements.of("/v1/facets?type=bombing") == (200, 1)
    assert await statements.of("/v1/grid?q=meeting") == (200, 3)
    etag = (await desk.ask("GET /v1/events?type=bombing", key=None)).headers["etag"]
    assert await statements.of("/v1/events?type=bombing") == (200, 1)
    # States are known; whoever else a question names is looked up at once.
    assert await statements.of("/v1/events?actor=PRK") == (200, 1)
    actor, source, dataset = await desk.actor(), await desk.source(), await desk.dataset()
    named = f"actor={actor}&source={source}&dataset={dataset}"
    assert await statements.of(f"/v1/events?{named}") == (200, 2)
    assert await statements.of("/v1/events?type=bombing", if_none_match=etag) == (304, 3)
    assert await statements.of("/v1/events?type=bombing", if_none_match=etag) == (304, 1)


async def test_a_tag_changes_with_what_the_caller_sees_and_with_nothing_else(desk: Desk) -> None:
    await a_record(desk)
    hidden = await desk.dataset("private")
    await desk.settle()
    targets = ("/v1/events", "/v1/facets", "/v1/grid", "/v1/dashboard", "/v1/count")
    before = await tags(desk, targets)
    await desk.event(hidden)
    await desk.settle()
    assert await tags(desk, targets) == before
    await desk.event()
    after = await tags(desk, targets)
    assert all(after[target] != before[target] for target in targets)


async def tags(desk: Desk, targets: tuple[str, ...]) -> Record:
    """The tags that anybody is shown, each asked for with the one that came before."""
    found = {}
    for target in targets:
        answer = await desk.ask(f"GET {target}", key=None)
        etag = found[target] = answer.headers["etag"]
        for _ in range(2):
            again = await desk.ask(f"GET {target}", key=None, if_none_match=etag)
            assert (again.status_code, again.headers["etag"]) == (304, etag)
            assert again.headers["cache-control"] == "no-cache"
    return found


async def test_what_keys_see_is_not_kept_by_caches(desk: Desk) -> None:
    hidden = await desk.dataset("private")
    await desk.event(hidden)
    key = await desk.key("read", datasets=[hidden])
    for _ in range(2):
        seen = await desk.ask("GET /v1/aggregate", key=key)
        assert seen.json()["data"] == [{"count": 1}]
        assert seen.headers["cache-control"] == "private, no-store"
        unseen = await desk.ask("GET /v1/aggregate", key=None)
        assert unseen.json()["data"] == [{"count": 0}]
        assert "authorization" in unseen.headers["vary"].lower()


@pytest.mark.parametrize("desk", ["postgresql"], indirect=True)
async def test_no_tag_hides_what_commits_after_later_ones(desk: Desk) -> None:
    """A long batch began first and ends last: its change lies below others already seen."""
    event = await desk.event()
    await keep_columns(desk)
    targets = ("/v1/events", "/v1/facets?by=type", "/v1/dashboard")
    state = desk.app.state.annals
    connection = await asyncpg.connect(state.settings.database_url)
    try:
        long = connection.transaction()
        await long.start()
        await connection.execute("SELECT pg_current_xact_id()")
        await desk.event(type="coup")
        before = await tags(desk, targets)
        await connection.execute(COPY_OF_LAST_CHANGE, event["id"])
        await connection.execute("UPDATE events SET type = 'riot' WHERE id = $1", event["id"])
        assert await tags(desk, targets) == before
        await long.commit()
    finally:
        await connection.close()
    after = await tags(desk, targets[1:])
    assert all(after[target] != before[target] for target in targets[1:])
    facets = await desk.get("/v1/facets?by=type")
    assert [each["value"] for each in facets["facets"]["type"]["items"]] == ["coup", "riot"]


COPY_OF_LAST_CHANGE = """
    INSERT INTO changes
    SELECT event_id, (CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) << 17)
        + (SELECT epoch << 57 FROM feed) + 1, id, at, revision + 1, kind, operation, dataset
    FROM changes WHERE event_id = $1
"""
"""A change of the event, written by this transaction as the application writes one."""
