"""Saved questions: the same bytes for ever, with a citation, for whoever may know of them."""

import hashlib
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import update

from app.db.transaction import Transaction
from app.errors import Conflict
from app.models.questions import questions as question_rows
from app.resources.questions.service import find_private_datasets, require_no_new_private
from tests.api.conftest import ADMIN_KEY
from tests.api.desk import DATABASES, Desk, Record, faults, open_desk
from tests.waiting import until


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """One desk for the module: each test makes datasets of its own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


async def saved(desk: Desk, query: str, title: str = "A question") -> Record:
    await desk.settle()
    body = {"title": title, "query": query, "visibility": "public"}
    return await desk.make("/v1/questions", body)


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
    assert {name: about[name] for name in made if name != "owner"}.items() <= made.items()
    assert ("owner" in made, "owner" in about) == (True, False)
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
    """The actor with fewer events is walked first, which must not be visible."""
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


async def test_a_public_one_names_and_finds_what_everybody_sees(desk: Desk) -> None:
    secret, public = await desk.dataset("private"), await desk.dataset()
    hidden = await desk.event(secret, title="Umbrella talks", tags=["geheim"], external_id="geheim")
    await desk.event(public, title="Umbrella talks")
    actor = await desk.actor(dataset=secret)
    await desk.settle()
    body = {"title": "Umbrella", "visibility": "public"}
    for query in (
        f"dataset={secret}",
        f"actor={actor}",
        f"filter=actor='{actor}'",
        f"id={hidden['id']}",
        "q=umbrella",
        "tag=geheim",
        "external_id=geheim",
        "filter=title LIKE 'Umbrella%'",
    ):
        refused = await desk.ask("POST /v1/questions", {**body, "query": query})
        assert (refused.status_code, faults(refused)[0]["pointer"]) == (422, "/visibility"), query
        made = await desk.make("/v1/questions", {"title": "Umbrella", "query": query})
        assert made["visibility"] == "private"
        line = f"PATCH /v1/questions/{made['id']}"
        refused = await desk.ask(line, {"visibility": "public"})
        assert (refused.status_code, faults(refused)[0]["pointer"]) == (422, "/visibility"), query
    for query in (f"q=umbrella&dataset={public}", "id=0190a2c0-0000-7000-8000-000000000001"):
        assert await desk.make("/v1/questions", {**body, "query": query})
    stranger = await desk.key("write", datasets=[public])
    theirs = await desk.ask("POST /v1/questions", {**body, "query": "q=umbrella"}, key=stranger)
    assert (theirs.status_code, theirs.json()["events"]) == (201, 1), "what it sees, all see"


async def test_a_private_one_is_its_owners_and_the_admins(desk: Desk) -> None:
    dataset = await desk.dataset()
    event = await desk.event(dataset)
    await desk.settle()
    owner, other = await desk.key("write", datasets=None), await desk.key("write", datasets=None)
    body = {"title": "Mine", "query": f"dataset={dataset}"}
    made = await desk.ask("POST /v1/questions", body, key=owner)
    question, path = made.json(), made.headers["location"]
    assert (question["visibility"], question["events"]) == ("private", 1)
    for key, status in ((owner, 200), (ADMIN_KEY, 200), (other, 404), (None, 404)):
        for each in (path, f"{path}/events", f"{path}/events.csv"):
            assert (await desk.ask(f"GET {each}", key=key)).status_code == status
        listed = {each["id"] for each in await desk.items("/v1/questions?limit=1000", key=key)}
        assert (question["id"] in listed) == (status == 200)
    for line in ("PATCH", "DELETE"):
        sent = {"title": "Theirs"} if line == "PATCH" else None
        assert (await desk.ask(f"{line} {path}", sent, key=other)).status_code == 404
    tag = (await desk.ask(f"GET {path}", key=owner)).headers["etag"]
    for if_match, status in (("none", 428), ('"2-1"', 412), (tag, 200), (tag, 412)):
        answer = await desk.ask(
            f"PATCH {path}", {"visibility": "public"}, key=owner, if_match=if_match
        )
        assert answer.status_code == status
    assert (await desk.get(path, key=None))["revision"] == 2
    assert (await desk.ask(f"PATCH {path}", {"title": "X"}, key=other)).status_code == 403
    assert (await desk.ask(f"DELETE {path}", key=other)).status_code == 403
    assert (await desk.ask(f"PATCH {path}", {"query": ""}, key=owner)).status_code == 422
    renamed = await desk.ask(f"PATCH {path}", {"title": "Ours"}, key=owner)
    assert (renamed.json()["title"], renamed.json()["sha256"]) == ("Ours", question["sha256"])
    await desk.change(f"DELETE /v1/events/{event['id']}")
    assert (await desk.ask(f"PATCH {path}", {"title": "Mine"}, key=owner)).status_code == 200


@pytest.mark.parametrize(("visibility", "status"), [("public", 410), ("private", 404)])
async def test_a_deleted_one_says_how_it_was_cited(
    desk: Desk, visibility: str, status: int
) -> None:
    await desk.settle()
    body = {"title": "Printed", "query": "type=riot", "visibility": visibility}
    owner = await desk.key("write")
    made = await desk.ask("POST /v1/questions", body, key=owner)
    path, cited = made.headers["location"], made.json()["citation"]["apa"]
    assert (await desk.ask(f"DELETE {path}", key=owner)).status_code == 204
    for line in (f"GET {path}", f"GET {path}/events", f"GET {path}/events.csv"):
        gone = await desk.ask(line, key=owner)
        assert (gone.status_code, cited in gone.json()["detail"]) == (410, True)
        assert (await desk.ask(line, key=None)).status_code == status
    assert (await desk.ask(f"PATCH {path}", {"title": "Back"}, key=owner)).status_code == 410
    listed = await desk.items("/v1/questions?limit=1000", key=owner)
    assert made.json()["id"] not in {each["id"] for each in listed}


async def test_what_is_counted_is_what_is_listed(desk: Desk) -> None:
    for key in (None, await desk.key("write"), ADMIN_KEY):
        first = page = await desk.get("/v1/questions?limit=3&count=exact", key=key)
        found = len(page["items"])
        while page["next_cursor"]:
            page = await desk.get(
                f"/v1/questions?limit=3&count=exact&cursor={page['next_cursor']}", key=key
            )
            assert page["items"], "no cursor leads to nothing"
            found += len(page["items"])
        assert first["count"] == {"value": found, "kind": "exact"}


async def undecided(desk: Desk, *questions: Record) -> dict[str, str]:
    """Return the decisions on the visibility of questions stored before they had owners."""
    old = {"owner": None, "visibility": None, "revision": 1}
    wanted = {each["id"] for each in questions}
    these = question_rows.c.id.in_([UUID(each) for each in wanted])

    def make_old(write: Transaction) -> None:
        write.connection.execute(update(question_rows).where(these).values(old))

    await desk.app.state.annals.database.write(make_old)
    return await decided(desk, wanted)


async def decided(desk: Desk, wanted: set[str]) -> dict[str, str]:
    """Return the visibility of these queries, once the server has decided it."""

    async def read_decided() -> dict[str, str] | None:
        items = await desk.items("/v1/questions?limit=1000")
        found = {item["id"]: item["visibility"] for item in items if item["id"] in wanted}
        return None if None in found.values() else found

    return await until(read_decided)


async def test_those_without_owners_are_public_if_all_of_them_is(desk: Desk) -> None:
    secret, public = await desk.dataset("private"), await desk.dataset()
    hidden = await desk.event(secret, title="Parasol talks")
    await desk.event(public, title="Parasol talks")
    seen = await desk.event(public)
    await desk.settle()
    asked = {
        f"dataset={public}": "public",
        f"id={hidden['id']}": "private",
        f"dataset={secret}": "private",
        "q=parasol": "private",
    }
    made = {
        query: await desk.make("/v1/questions", {"title": query, "query": query}) for query in asked
    }
    changed = await desk.make("/v1/questions", {"title": "x", "query": f"id={seen['id']}"})
    of_then = update(question_rows).where(question_rows.c.id == UUID(changed["id"]))
    database = desk.app.state.annals.database
    await database.write(lambda write: write.connection.execute(of_then.values(sha256="0" * 64)))
    found = await undecided(desk, *made.values(), changed)
    assert {query: found[each["id"]] for query, each in made.items()} == asked
    assert found[changed["id"]] == "private"
    listed = {each["id"] for each in await desk.items("/v1/questions?limit=1000", key=None)}
    assert listed & found.keys() == {made[f"dataset={public}"]["id"]}


async def test_none_names_or_counts_what_has_become_private(desk: Desk) -> None:
    turning, public = await desk.dataset(), await desk.dataset()
    event = await desk.event(turning)
    await desk.event(public)
    owner = await desk.key("write", datasets=None)
    await desk.settle()
    made = {}
    for query in (f"dataset={turning}", f"id={event['id']}", f"dataset={public}"):
        body = {"title": query, "query": query, "visibility": "public"}
        made[query] = (await desk.ask("POST /v1/questions", body, key=owner)).json()
    await desk.change(f"PATCH /v1/datasets/{turning}", {"visibility": "private"})
    found = await decided(desk, {each["id"] for each in made.values()})
    assert [found[each["id"]] for each in made.values()] == ["private", "private", "public"]
    for each in made.values():
        answer = await desk.ask(f"GET /v1/questions/{each['id']}", key=None)
        assert answer.status_code == (200 if found[each["id"]] == "public" else 404)


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
        ("limit=5", "limit says how"),
        ("actor=nobody-at-all", "unknown actor"),
        ("as_of=2999-01-01T00:00:00Z", "future"),
        ("type=%FF", "UTF-8"),
    ],
)
async def test_what_is_no_question_is_refused(desk: Desk, query: str, told: str) -> None:
    answer = await desk.ask("POST /v1/questions", {"title": "Wrong", "query": query})
    assert answer.status_code == 422
    assert told in faults(answer)[0]["detail"]


async def test_nothing_is_published_that_has_become_private_meanwhile(desk: Desk) -> None:
    database = desk.app.state.annals.database
    before = await database.read(find_private_datasets)
    await database.write(lambda write: require_no_new_private(write, before))
    await desk.dataset("private")
    with pytest.raises(Conflict, match="private meanwhile"):
        await database.write(lambda write: require_no_new_private(write, before))
