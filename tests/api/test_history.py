"""The past: changes, whole revisions, reads as of a time and as known by a day."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx2 import Response

from tests.api.desk import DATABASES, Desk, Record, faults, open_desk


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """Yield one desk for the module: each test creates datasets of its own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


async def test_each_revision_lists_its_changes(desk: Desk) -> None:
    event = await desk.event(codes={"cameo": "042"})
    path = f"/v1/events/{event['id']}"
    await desk.change(f"PATCH {path}", {"title": "Renamed", "codes": {"cameo": "043"}})
    await desk.claim(event)
    await desk.change(f"DELETE {path}")
    await desk.change(f"POST {path}/restore")
    page = await desk.get(f"{path}/history?count=exact")
    assert page["count"] == {"value": 5, "kind": "exact"}
    operations = [(each["revision"], each["operation"]) for each in page["items"]]
    assert operations == [
        (5, "restored"),
        (4, "deleted"),
        (3, "updated"),
        (2, "updated"),
        (1, "created"),
    ]
    by_revision = {each["revision"]: each["changes"] for each in page["items"]}
    assert by_revision[2] == [
        {"path": "/title", "from": "A meeting", "to": "Renamed"},
        {"path": "/codes/cameo", "from": "042", "to": "043"},
    ]
    changed = {each["path"] for each in by_revision[3]}
    assert {"/verification", "/claims/affirming", "/claims/first_made_on"} <= changed
    walked = [
        each["revision"]
        for cursor in await cursors(desk, f"{path}/history?limit=2")
        for each in await desk.items(f"{path}/history?limit=2{cursor}")
    ]
    assert walked == [5, 4, 3, 2, 1]


async def cursors(desk: Desk, target: str) -> list[str]:
    """Return the target of each page of a list."""
    found = [""]
    while (cursor := (await desk.get(f"{target}{found[-1]}"))["next_cursor"]) is not None:
        found.append(f"&cursor={cursor}")
    return found


async def test_recorded_by_shows_only_to_keys(desk: Desk) -> None:
    path = f"/v1/events/{(await desk.event())['id']}/history"
    for key, by in ((None, None), (await desk.key("read"), "first")):
        (entry,) = await desk.items(path, key=key)
        assert entry["recorded_by"] == by
    (mine,) = await desk.items(path)
    assert mine["recorded_by"] == "first"


async def test_whole_revisions_stay_readable(desk: Desk) -> None:
    event = await desk.event()
    path = f"/v1/events/{event['id']}"
    second = await desk.change(f"PATCH {path}", {"title": "Second"})
    await desk.change(f"DELETE {path}")
    restored = await desk.change(f"POST {path}/restore")
    for revision, whole in ((1, event), (2, second), (4, restored)):
        answer = await desk.ask(f"GET {path}/history/{revision}", key=None)
        assert (answer.status_code, answer.json()) == (200, whole)
        assert answer.headers["etag"] == f'"{revision}-1"'
    for wrong, status in (("3", 410), ("5", 404), ("0", 422), ("x", 422), ("3000000000", 422)):
        assert (await desk.ask(f"GET {path}/history/{wrong}")).status_code == status


async def everything(desk: Desk, dataset: str, event: Record, claim: Record, at: str) -> list[Any]:
    """Return everything that can be read as of a time: statuses and bytes."""
    of_event = f"/v1/events/{event['id']}"
    targets = [
        f"/v1/events?dataset={dataset}&include=claims,relations&count=exact",
        f"/v1/events?dataset={dataset}&sort=title&verification=alleged,unverified",
        f"/v1/events.ndjson?dataset={dataset}",
        f"/v1/events?dataset={dataset}&q=meeting",
        f"/v1/events?dataset={dataset}&source={claim['source']}",
        f"/v1/events?dataset={dataset}&known_by=2024-07-01",
        f"/v1/count?dataset={dataset}",
        f"/v1/count?dataset={dataset}&verification=alleged",
        f"/v1/claims?dataset={dataset}",
        f"/v1/relations?event={event['id']}",
        of_event,
        f"{of_event}?include=claims,relations",
        *(f"{of_event}/{part}" for part in ("claims", "relations", "graph")),
        f"/v1/claims/{claim['id']}",
    ]
    answers: list[Response] = []
    for target in targets:
        joined = "&" if "?" in target else "?"
        answers.append(await desk.ask(f"GET {target}{joined}as_of={at}", key=None))
    return [
        (target, answer.status_code, answer.headers.get("annals-as-of"), without_trace(answer))
        for target, answer in zip(targets, answers, strict=True)
    ]


def without_trace(answer: Response) -> bytes | str:
    """Return the body, or the detail of a problem."""
    return answer.content if answer.status_code == 200 else str(answer.json()["detail"])


async def moment(desk: Desk, dataset: str) -> str:
    """Return the position of `now`."""
    await desk.settle()
    answer = await desk.ask(f"GET /v1/count?dataset={dataset}&as_of=now", key=None)
    return str(answer.headers["annals-as-of"])


async def test_a_position_answers_the_same_forever(desk: Desk) -> None:
    dataset, source = await desk.dataset(), await desk.source()
    kept: list[tuple[str, list[Any]]] = []

    async def keep() -> None:
        at = await moment(desk, dataset)
        kept.append((at, await everything(desk, dataset, event, claim, at)))

    event, other = await desk.event(dataset, tags=["a"]), await desk.event(dataset)
    path = f"/v1/events/{event['id']}"
    claim = await desk.claim(event, source)
    await keep()
    relation = await desk.relation(event, other)
    for line, body in (
        (f"PATCH {path}", {"title": "Retitled", "date": "2023-01-01", "tags": []}),
        (f"PATCH /v1/claims/{claim['id']}", {"stance": "denies"}),
        (f"PATCH /v1/relations/{relation['id']}", {"note": "why"}),
        (f"DELETE {path}", None),
        (f"DELETE /v1/events/{other['id']}", None),
        (f"POST {path}/restore", None),
        (f"POST /v1/events/{other['id']}/restore", None),
        (f"DELETE /v1/claims/{claim['id']}", None),
        (f"PATCH /v1/sources/{source}", {"reliability": "A"}),
    ):
        await keep()
        await desk.change(line, body)
    await keep()
    await desk.event(dataset)
    for at, answers in kept:
        assert await everything(desk, dataset, event, claim, at) == answers
    first, last = kept[0][1], kept[-1][1]
    assert [status for _, status, *_ in first] == [200] * len(first)
    assert {at for _, status, at, _ in first if status == 200} == {kept[0][0]}
    assert [row for row in first if row in last] == []


async def test_an_instant_is_answered_as_its_position(desk: Desk) -> None:
    dataset = await desk.dataset()
    first = await desk.event(dataset)
    second = await desk.event(dataset)
    line = f"GET /v1/events?dataset={dataset}&as_of="
    at_first = await desk.ask(f"{line}{first['created_at']}")
    assert [each["id"] for each in at_first.json()["items"]] == [first["id"]]
    assert at_first.json()["as_of"] == at_first.headers.get(
        "annals-as-of", at_first.json()["as_of"]
    )
    again = await desk.ask(f"{line}{at_first.json()['as_of']}")
    assert again.json()["items"] == at_first.json()["items"]
    before = await desk.ask("GET /v1/events?as_of=2020-01-01T00:00:00%2B09:00")
    assert before.json()["items"] == []
    unknown = await desk.ask(f"{line}2020-01-01T00:00:00%2B09:00")
    assert unknown.status_code == 422
    assert f"unknown dataset '{dataset}' at that moment" in unknown.text
    absent = await desk.ask(f"GET /v1/events/{second['id']}?as_of={first['created_at']}")
    assert absent.status_code == 404
    await desk.settle()
    now = await desk.ask(f"{line}now")
    assert len(now.json()["items"]) == 2


async def test_a_walk_as_of_now_is_pinned(desk: Desk) -> None:
    dataset = await desk.dataset()
    made = [(await desk.event(dataset))["id"] for _ in range(4)]
    await desk.settle()
    target = f"/v1/events?dataset={dataset}&as_of=now&limit=3&count=exact"
    page = await desk.get(target)
    await desk.event(dataset)
    left = next(each for each in made if each not in {item["id"] for item in page["items"]})
    await desk.change(f"DELETE /v1/events/{left}")
    rest = await desk.get(f"{target}&cursor={page['next_cursor']}")
    assert [each["id"] for each in rest["items"]] == [left]
    assert (rest["as_of"], rest["count"]) == (page["as_of"], {"value": 4, "kind": "exact"})


@pytest.mark.parametrize(
    "moment",
    ["2999-01-01T00:00:00Z", "tomorrow", "2024-06-12", "p", "paaaaaaaaaaaaa", "p" + "7" * 13, ""],
)
async def test_an_invalid_as_of_is_refused(desk: Desk, moment: str) -> None:
    for resource in ("events", "claims", "relations", "count"):
        answer = await desk.ask(f"GET /v1/{resource}?as_of={moment}", key=None)
        assert (answer.status_code, faults(answer)[0]["parameter"]) == (422, "as_of"), moment


@pytest.mark.parametrize(
    "resource", ["actors", "sources", "datasets", "changes", "event-types", "keys"]
)
async def test_other_resources_take_no_as_of(desk: Desk, resource: str) -> None:
    for parameter in ("as_of=now", "known_by=2024-06-12"):
        answer = await desk.ask(f"GET /v1/{resource}?{parameter}")
        assert answer.status_code == 422, (resource, answer.text)


async def a_story(desk: Desk) -> Record:
    """Record an event of 18 June: announced on the 10th, denied the 12th, confirmed the 19th."""
    event = await desk.event(
        date="2024-06-18",
        fatalities={"best": 9},
        participants=[{"actor": "PRK", "role": "host"}],
    )
    paper, wire = await desk.source(), await desk.source()
    ministry = await desk.source(speaks_for="PRK", reliability="F")
    await desk.claim(event, paper, made_on="2024-06-10")
    denial = await desk.claim(event, ministry, made_on="2024-06-12", stance="denies")
    await desk.claim(event, ministry, made_on="2024-06-19")
    await desk.claim(event, wire, made_on="2024-06", about="fatalities.best", value=4)
    await desk.change(f"PATCH /v1/claims/{denial['id']}", {"retracted_on": "2024-06-15"})
    found: Record = await desk.get(f"/v1/events/{event['id']}")
    return found


KNOWN: list[tuple[str, str, str, int | None, tuple[int, int]]] = [
    ("2024-06-10", "planned", "alleged", None, (1, 0)),
    ("2024-06-12", "planned", "disputed", None, (1, 1)),
    ("2024-06-14", "planned", "disputed", None, (1, 1)),
    ("2024-06-15", "planned", "alleged", None, (1, 0)),
    ("2024-06-18", "occurred", "alleged", None, (1, 0)),
    ("2024-06-19", "occurred", "confirmed", None, (2, 0)),
    ("2024-06-30", "occurred", "confirmed", 4, (2, 0)),
    ("9999-12-31", "occurred", "confirmed", 4, (2, 0)),
]


async def test_known_by_shows_the_knowledge_of_a_day(desk: Desk) -> None:
    event = await a_story(desk)
    path, among = f"/v1/events/{event['id']}", f"?id={event['id']}"
    for day, lifecycle, status, best, (affirming, denying) in KNOWN:
        known = await desk.get(f"{path}?known_by={day}")
        assert (known["lifecycle"], known["verification"]) == (lifecycle, status), day
        assert (known["fatalities"] or {"best": None})["best"] == best, day
        counts = known["claims"]
        assert (counts["affirming"], counts["denying"]) == (affirming, denying), day
        assert known["known_by"]["day"] == day
        assert set(known["known_by"]["derived"]) >= {"verification", "lifecycle", "fatalities"}
        assert (known["title"], known["revision"]) == (event["title"], event["revision"])
        assert await desk.items(f"/v1/events{among}&known_by={day}") == [known]
        for given, found in ((status, 1), ("denied", 0)):
            asked = f"{among}&known_by={day}&verification={given}&lifecycle={lifecycle}"
            assert (await desk.get(f"/v1/count{asked}"))["value"] == found, day
    assert (await desk.ask(f"GET {path}?known_by=2024-06-09")).status_code == 404
    assert await desk.items(f"/v1/events{among}&known_by=2024-06-09") == []
    assert (await desk.get(f"/v1/count{among}&known_by=2024-06-09"))["value"] == 0


async def test_as_of_and_known_by_combine(desk: Desk) -> None:
    event = await a_story(desk)
    at = await moment(desk, event["dataset"])
    asked = f"/v1/events?id={event['id']}&known_by=2024-06-19"
    before = await desk.items(asked)
    for claim in await desk.items(f"/v1/events/{event['id']}/claims"):
        await desk.change(f"DELETE /v1/claims/{claim['id']}")
    assert await desk.items(asked) == []
    assert await desk.items(f"{asked}&as_of={at}") == before
