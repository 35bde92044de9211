"""Events on the wire: representations, tags, parts, and refusals before anything is read."""

from collections.abc import AsyncIterator

import pytest

from tests.api.desk import DATABASES, Desk, Record, a_meeting, open_desk

GEOJSON, NDJSON = "application/geo+json", "application/x-ndjson"
CSV_HEADED = "text/csv; charset=utf-8; header=present"
STREAMS = ("/v1/events.geojson", "/v1/events.ndjson")
NOWHERE = "0190a2c0-0000-7000-8000-000000000001"


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """One desk for the module: each test makes datasets of its own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


def paths_of(event: Record, claim: Record, relation: Record) -> list[str]:
    """Everything that can be read of one event with a claim and a relation."""
    of_event = f"/v1/events/{event['id']}"
    dataset = event["dataset"]
    return [
        of_event,
        *(
            f"{of_event}/{part}"
            for part in ("history", "history/1", "claims", "relations", "graph")
        ),
        *(f"/v1/{noun}?dataset={dataset}" for noun in ("events", "claims", "count", "changes")),
        *(f"/v1/events.{suffix}?dataset={dataset}" for suffix in ("json", "geojson", "ndjson")),
        "/v1/actors/PRK/events?limit=1",
        f"/v1/claims/{claim['id']}",
        f"/v1/relations/{relation['id']}",
        f"/v1/datasets/{dataset}",
        f"/v1/sources/{claim['source']}",
        "/v1/actors/PRK",
        *(f"/v1/{noun}?limit=2" for noun in ("actors", "sources", "datasets", "relations", "keys")),
        *("/v1/event-types", "/v1/event-types/summit", "/v1/vocab/roles"),
        *("/", "/livez", "/openapi.json", "/docs"),
    ]


async def a_record(desk: Desk) -> tuple[Record, Record, Record]:
    """An event with a claim and a relation."""
    event = await desk.event()
    claim = await desk.claim(event)
    relation = await desk.relation(event, await desk.event(event["dataset"]))
    return event, claim, relation


async def test_head_answers_wherever_get_does(desk: Desk) -> None:
    paths = paths_of(*await a_record(desk))
    await desk.settle()
    for path in paths:
        got, head = await desk.ask(f"GET {path}"), await desk.ask(f"HEAD {path}")
        assert got.status_code == head.status_code == 200, (path, got.text)
        assert head.content == b""
        changing = {"x-request-id", "date", "content-length", "transfer-encoding"}
        for name in set(got.headers) - changing:
            assert head.headers.get(name) == got.headers[name], (path, name)


async def test_what_is_known_is_not_sent_again(desk: Desk) -> None:
    paths = paths_of(*await a_record(desk))
    await desk.settle()
    for path in paths:
        tag = (await desk.ask(f"GET {path}")).headers.get("etag")
        if tag is None:  # streams and operations do not carry a tag
            assert path in {"/", "/livez", "/docs"} or path.startswith(STREAMS), path
            continue
        again = await desk.ask(f"GET {path}", if_none_match=tag)
        assert (again.status_code, again.headers["etag"]) == (304, tag), path


async def test_the_tag_of_a_list_is_weak_and_changes_with_it(desk: Desk) -> None:
    event, *_ = await a_record(desk)
    for path in ("events", "count", "changes", "claims"):
        line = f"GET /v1/{path}?dataset={event['dataset']}"
        await desk.settle()
        before = (await desk.ask(line)).headers["etag"]
        assert before.startswith('W/"'), path
        if path == "count":
            await desk.event(event["dataset"])
        else:
            await desk.claim(event)
        await desk.settle()
        after = await desk.ask(line, if_none_match=before)
        assert (after.status_code, after.headers["etag"] == before) == (200, False), path


async def test_other_bytes_of_one_record_have_another_strong_tag(desk: Desk) -> None:
    event, *_ = await a_record(desk)
    path = f"/v1/events/{event['id']}"
    ways = ("", "?fields=id,title", "?include=claims", "?include=relations", "?format=geojson")
    answers = [await desk.ask(f"GET {path}{way}") for way in ways]
    tags = [answer.headers["etag"] for answer in answers]
    assert len(set(tags)) == len(ways)
    assert not any(tag.startswith("W/") for tag in tags)
    for way, tag in zip(ways, tags, strict=True):
        assert (await desk.ask(f"GET {path}{way}", if_none_match=tag)).status_code == 304
    crossed = await desk.ask(f"GET {path}?fields=id", if_none_match=tags[0])
    assert crossed.status_code == 200
    patched = await desk.ask(f"PATCH {path}", {"title": "By another tag"}, if_match=tags[-1])
    assert patched.status_code == 200


async def test_a_change_of_what_is_included_changes_the_tag(desk: Desk) -> None:
    event, *_ = await a_record(desk)
    line = f"GET /v1/events/{event['id']}?include=relations"
    before = (await desk.ask(line)).headers["etag"]
    await desk.relation(event, await desk.event(event["dataset"]))
    assert (await desk.ask(line, if_none_match=before)).status_code == 200


@pytest.mark.parametrize(
    ("line", "allow"),
    [
        ("DELETE /v1/events", "GET, HEAD, POST, OPTIONS"),
        ("PUT /v1/events", "GET, HEAD, POST, OPTIONS"),
        (f"POST /v1/events/{NOWHERE}", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
        (f"GET /v1/events/{NOWHERE}/restore", "POST, OPTIONS"),
        (f"PUT /v1/events/{NOWHERE}/claims", "GET, HEAD, POST, OPTIONS"),
        (f"POST /v1/events/{NOWHERE}/history", "GET, HEAD, OPTIONS"),
        ("POST /v1/count", "GET, HEAD, OPTIONS"),
        ("DELETE /v1/changes", "GET, HEAD, OPTIONS"),
        ("POST /v1/events.geojson", "GET, HEAD, OPTIONS"),
        ("PATCH /v1/keys/first", "GET, HEAD, DELETE, OPTIONS"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(desk: Desk, line: str, allow: str) -> None:
    answer = await desk.ask(line, {})
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("target", "accept", "status", "content_type"),
    [
        ("events", "*/*", 200, "application/json"),
        ("events", GEOJSON, 200, GEOJSON),
        ("events", f"{GEOJSON};q=0.5, application/json", 200, "application/json"),
        ("events", f"application/json;q=0.1, {NDJSON}", 200, NDJSON),
        ("events", "image/png", 406, "application/problem+json"),
        ("events", "application/json;q=0, */*;q=0.1", 200, CSV_HEADED),
        ("events.geojson", "application/json", 200, GEOJSON),
        ("events.ndjson", "", 200, NDJSON),
        ("events.json", GEOJSON, 200, "application/json"),
        ("events.pdf", "", 404, "application/problem+json"),
        ("events?format=ndjson", "application/json", 200, NDJSON),
        ("events?format=geojson&limit=1", "", 200, GEOJSON),
        ("events?format=pdf", "", 422, "application/problem+json"),
        ("events/{id}", GEOJSON, 200, GEOJSON),
        ("events/{id}", "text/csv", 406, "application/problem+json"),
        ("events/{id}?format=geojson", "", 200, GEOJSON),
        ("events/{id}?format=ndjson", "", 422, "application/problem+json"),
    ],
)
async def test_the_representation_is_chosen(
    desk: Desk, target: str, accept: str, status: int, content_type: str
) -> None:
    event = await desk.event()
    line = f"GET /v1/{target.replace('{id}', event['id'])}"
    answer = await (desk.ask(line, accept=accept) if accept else desk.ask(line))
    assert (answer.status_code, answer.headers["content-type"]) == (status, content_type)


@pytest.mark.parametrize("sent", ["text/plain", "application/xml", "multipart/form-data", ""])
async def test_a_body_of_another_type_is_refused(desk: Desk, sent: str) -> None:
    event = await desk.event()
    for line in ("POST /v1/events", f"PUT /v1/events/{event['id']}", "POST /v1/claims"):
        answer = await desk.ask(line, b"{}", content_type=sent)
        assert answer.status_code == 415, (line, answer.text)
    patched = await desk.ask(f"PATCH /v1/events/{event['id']}", b"{}", content_type=sent)
    assert patched.headers["accept-patch"] == "application/merge-patch+json"


async def test_all_representations_tell_the_same(desk: Desk) -> None:
    dataset = await desk.dataset()
    placed = {"precision": "city", "longitude": 125.123456789, "latitude": 39.03}
    country = {"precision": "country", "country": "PRK", "longitude": 127.0, "latitude": 40.0}
    for number, location in enumerate((placed, country, None)):
        await desk.event(dataset, date=f"2024-06-0{number + 1}", location=location)
    await desk.settle()
    items = await desk.items(f"/v1/events?dataset={dataset}&sort=date")
    collection = await desk.get(f"/v1/events.geojson?dataset={dataset}&sort=date")
    assert [feature["properties"] for feature in collection["features"]] == items
    assert [feature["geometry"] for feature in collection["features"]] == [
        {"type": "Point", "coordinates": [125.1234568, 39.03]},
        None,
        None,
    ]
    lines = (await desk.ask(f"GET /v1/events.ndjson?dataset={dataset}&sort=date")).text
    singles = [(await desk.ask(f"GET /v1/events/{each['id']}")).text for each in items]
    assert lines.splitlines() == singles
    paged = await desk.ask(f"GET /v1/events.ndjson?dataset={dataset}&sort=date&limit=2")
    assert paged.text.splitlines() == singles[:2]
    assert 'rel="next"' in paged.headers["link"]


async def test_fields_are_chosen_in_the_documents_order(desk: Desk) -> None:
    event, *_ = await a_record(desk)
    for path in (f"/v1/events/{event['id']}", f"/v1/events?id={event['id']}"):
        found = await desk.get(f"{path}{'&' if '?' in path else '?'}fields=title,id,claims")
        shown = found["items"][0] if "items" in found else found
        assert list(shown) == ["id", "title", "claims"]


async def test_the_twenty_latest_claims_are_included_with_the_way_to_more(desk: Desk) -> None:
    event = await desk.event()
    source = await desk.source()
    path = f"/v1/events/{event['id']}"
    for day in range(1, 21):
        await desk.claim(event, source, made_on=f"2024-06-{day:02}")
    shown = (await desk.get(f"{path}?include=claims"))["claims"]
    assert (len(shown["items"]), shown["more"]) == (20, None)
    await desk.claim(event, source, made_on="2024-06-21")
    for found in (
        await desk.get(f"{path}?include=claims,relations"),
        *(await desk.items(f"/v1/events?id={event['id']}&include=claims&include=relations")),
    ):
        shown = found["claims"]
        days = [claim["made_on"] for claim in shown["items"]]
        assert days == [f"2024-06-{day:02}" for day in range(21, 1, -1)]
        assert (shown["affirming"], shown["more"]) == (21, f"{path}/claims")
        assert found["relations"] == {"items": [], "more": None}
    assert len(await desk.items(shown["more"])) == 21


async def test_relations_are_included_whichever_way_they_lead(desk: Desk) -> None:
    dataset = await desk.dataset()
    first, second = await desk.event(dataset), await desk.event(dataset)
    relation = await desk.relation(first, second)
    for event in (first, second):
        shown = await desk.get(f"/v1/events/{event['id']}?include=relations")
        assert shown["relations"] == {"items": [relation], "more": None}
    graph = await desk.get(f"/v1/events/{second['id']}/graph")
    assert [(node["id"], node["distance"]) for node in graph["nodes"]] == [
        (second["id"], 0),
        (first["id"], 1),
    ]
    assert graph["edges"] == [relation]


async def test_a_list_is_walked_to_its_end_and_counted(desk: Desk) -> None:
    dataset = await desk.dataset()
    made = {(await desk.event(dataset, date=f"2024-06-{1 + day % 3:02}"))["id"] for day in range(7)}
    for sort in ("-date", "date", "title", "-updated_at", "fatalities"):
        seen: list[str] = []
        target = f"/v1/events?dataset={dataset}&limit=3&count=exact&sort={sort}"
        page = await desk.get(target)
        while True:
            seen += [each["id"] for each in page["items"]]
            assert page["count"] == {"value": 7, "kind": "exact"}
            if page["next_cursor"] is None:
                break
            page = await desk.get(f"{target}&cursor={page['next_cursor']}")
        assert (len(seen), set(seen)) == (7, made), sort
    assert await desk.get(f"/v1/count?dataset={dataset}") == {"value": 7, "kind": "exact"}
    cursor = (await desk.get(f"/v1/events?dataset={dataset}&limit=3"))["next_cursor"]
    other = await desk.ask(f"GET /v1/events?dataset={dataset}&type=meeting&cursor={cursor}")
    assert other.status_code == 422


async def test_the_same_content_makes_no_revision(desk: Desk) -> None:
    event, claim, relation = await a_record(desk)
    for path in (
        f"/v1/events/{event['id']}",
        f"/v1/claims/{claim['id']}",
        f"/v1/relations/{relation['id']}",
        f"/v1/sources/{claim['source']}",
        f"/v1/datasets/{event['dataset']}",
        "/v1/actors/PRK",
    ):
        read = await desk.get(path)
        assert await desk.change(f"PUT {path}", read) == read
        assert await desk.change(f"PATCH {path}", {}) == read


async def test_a_made_record_is_where_it_says(desk: Desk) -> None:
    dataset = await desk.dataset()
    made = await desk.ask("POST /v1/events", a_meeting(dataset))
    read = await desk.ask(f"GET {made.headers['location']}")
    assert (read.content, read.headers["etag"]) == (made.content, made.headers["etag"])
