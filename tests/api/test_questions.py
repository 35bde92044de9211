"""Saved questions: the same bytes for ever, with a citation, for whoever may know of them."""

import hashlib
from collections.abc import AsyncIterator

import pytest

from tests.api.desk import DATABASES, Desk, Record, faults, open_desk


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """One desk for the module: each test makes datasets of its own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


async def saved(desk: Desk, query: str, title: str = "A question") -> Record:
    await desk.settle()
    return await desk.make("/v1/questions", {"title": title, "query": query})


async def bytes_of(desk: Desk, target: str, key: str | None = None) -> bytes:
    answer = await desk.ask(f"GET {target}", key=key)
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_its_answer_stays_whatever_becomes_of_the_records(desk: Desk) -> None:
    dataset = await desk.dataset()
    first = await desk.event(dataset, title="First")
    second = await desk.event(dataset, title="Second")
    await desk.claim(first)
    question = await saved(desk, f"dataset={dataset}&sort=title&include=claims")
    result = question["result"]
    formats = ("csv", "ndjson", "geojson", "parquet", "json")
    before = {format: await bytes_of(desk, f"{result}.{format}") for format in formats}
    assert question["sha256"] == hashlib.sha256(before["ndjson"]).hexdigest()
    assert question["events"] == before["ndjson"].count(b"\n") == 2
    await desk.change(f"PATCH /v1/events/{first['id']}", {"title": "Renamed"})
    await desk.change(f"DELETE /v1/events/{second['id']}")
    await desk.event(dataset, title="Third")
    await desk.settle()
    for format in formats:
        assert await bytes_of(desk, f"{result}.{format}") == before[format], format
    assert await bytes_of(desk, result) == before["json"]
    page = await desk.get(f"{result}?limit=1", key=None)
    rest = await desk.get(f"{result}?limit=1&cursor={page['next_cursor']}", key=None)
    assert [each["title"] for each in (*page["items"], *rest["items"])] == ["First", "Second"]


async def test_it_tells_how_to_cite_it(desk: Desk) -> None:
    dataset = await desk.dataset()
    await desk.event(dataset)
    made = await saved(desk, f"?dataset={dataset}", "Meetings & {more}")
    about = await desk.get(f"/v1/questions/{made['id']}", key=None)
    assert {name: about[name] for name in made} == made
    assert [each["slug"] for each in about["datasets"]] == [dataset]
    cited = about["citation"]
    assert cited["apa"].startswith("Meetings & {more} [Data set]. (20")
    assert made["id"] in cited["chicago"]
    assert r"title = {Meetings \& \{more\}}" in cited["bibtex"]
    assert made["sha256"] in cited["bibtex"]
    answer = await desk.ask(f"GET {made['result']}.csv", key=None)
    assert f'</v1/questions/{made["id"]}>; rel="describedby"' in answer.headers["link"]


async def test_names_are_kept_as_slugs_and_a_moment_as_its_position(desk: Desk) -> None:
    dataset = await desk.dataset()
    event = await desk.event(dataset, participants=[{"actor": "PRK", "role": "host"}])
    await desk.settle()
    then = (await desk.get(f"/v1/events?dataset={dataset}&as_of=now"))["as_of"]
    await desk.change(f"DELETE /v1/events/{event['id']}")
    query = f"dataset={dataset}&actor=North%20Korea&as_of={then}"
    question = await saved(desk, query)
    assert question["asked"] == {"dataset": [dataset], "actor": ["PRK"]}
    assert (question["as_of"], question["events"]) == (then, 1)


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("dyad=RUS,PRK", {"dyad": ["RUS", "PRK"]}),
        ("dyad=North%20Korea&dyad=RU", {"dyad": ["PRK", "RUS"]}),
        ("actor_all=KP,RUS,CHN", {"actor_all": ["PRK", "RUS", "CHN"]}),
        (
            "filter=actor='North%20Korea' AND title<>'O''Neill' AND actor<>'KP'",
            {"filter": ["actor='PRK' AND title<>'O''Neill' AND actor<>'PRK'"]},
        ),
        (
            'filter={"op":"in","args":[{"property":"actor"},["KP","RUS"]]}',
            {"filter": ['{"op":"in","args":[{"property":"actor"},["PRK","RUS"]]}']},
        ),
        ("filter= type  =  'summit'", {"filter": [" type  =  'summit'"]}),
    ],
)
async def test_it_is_kept_in_the_order_in_which_it_was_asked(
    desk: Desk, asked: str, kept: Record
) -> None:
    """Whoever has fewer events is walked first; that is nothing to be shown."""
    dataset = await desk.dataset()
    sides = [{"actor": actor, "role": "side"} for actor in ("RUS", "PRK")]
    await desk.event(dataset, participants=sides[:1])
    await desk.event(dataset, participants=sides)
    question = await saved(desk, f"dataset={dataset}&{asked}")
    shown = {name: value for name, value in question["asked"].items() if name != "dataset"}
    assert {name: [value] if name == "filter" else value for name, value in shown.items()} == kept
    found = await bytes_of(desk, f"{question['result']}.ndjson")
    assert question["sha256"] == hashlib.sha256(found).hexdigest()


async def test_its_answer_stays_when_an_actor_is_merged(desk: Desk) -> None:
    dataset = await desk.dataset()
    kept, double = await desk.actor(), await desk.actor()
    for actor in (kept, double):
        await desk.event(dataset, participants=[{"actor": actor, "role": "host"}])
    asked = (
        f"actor={double}",
        f"actor={kept}",
        f"dyad={kept},{double}",
        f"filter=actor='{double}'",
    )
    before = [await saved(desk, f"dataset={dataset}&{each}") for each in asked]
    await desk.change(f"POST /v1/actors/{double}/merge", {"into": kept})
    await desk.settle()
    for question in before:
        found = await bytes_of(desk, f"{question['result']}.ndjson")
        assert question["sha256"] == hashlib.sha256(found).hexdigest(), question["asked"]
        about = await desk.get(f"/v1/questions/{question['id']}")
        assert about["asked"] == question["asked"]
    after = await saved(desk, f"dataset={dataset}&actor={double}")
    assert (after["asked"]["actor"], after["events"]) == ([kept], 2)


async def test_what_is_private_shows_to_whom_it_may(desk: Desk) -> None:
    secret, public = await desk.dataset("private"), await desk.dataset()
    await desk.event(secret, title="Umbrella talks")
    await desk.event(public, title="Umbrella talks")
    both = await saved(desk, "q=umbrella", "Both")
    hidden = await saved(desk, f"dataset={secret}", "Hidden")
    assert both["events"] == 1
    seen = await bytes_of(desk, f"{both['result']}.ndjson")
    assert both["sha256"] == hashlib.sha256(seen).hexdigest()
    granted = await desk.key("read", datasets=[secret])
    assert (await bytes_of(desk, f"{both['result']}.ndjson", granted)).count(b"\n") == 2
    titles = [each["title"] for each in await desk.items("/v1/questions", key=None)]
    assert ("Both" in titles, "Hidden" in titles) == (True, False)
    for path in (hidden["result"], f"/v1/questions/{hidden['id']}"):
        assert (await desk.ask(f"GET {path}", key=None)).status_code == 404
        assert (await desk.ask(f"GET {path}", key=granted)).status_code == 200


async def test_they_are_listed_page_by_page(desk: Desk) -> None:
    made = [(await saved(desk, "type=riot", f"No. {number}"))["id"] for number in range(3)]
    page = await desk.get("/v1/questions?limit=2", key=None)
    rest = await desk.get(f"/v1/questions?limit=2&cursor={page['next_cursor']}", key=None)
    assert [each["id"] for each in (*page["items"], *rest["items"])][:3] == made[::-1]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("tpye=summit", "did you mean 'type'"),
        ("type=sumit", "did you mean 'summit'"),
        ("limit=5", "limit belongs to"),
        ("actor=nobody-at-all", "unknown actor"),
        ("as_of=2999-01-01T00:00:00Z", "future"),
        ("type=%FF", "UTF-8"),
    ],
)
async def test_what_is_no_question_is_refused(desk: Desk, query: str, told: str) -> None:
    answer = await desk.ask("POST /v1/questions", {"title": "Wrong", "query": query})
    assert answer.status_code == 422
    assert told in faults(answer)[0]["detail"]
