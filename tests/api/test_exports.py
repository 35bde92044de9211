"""Exports over HTTP: every format has the list's events, with what was asked for beside them."""

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pyarrow.parquet as pq
import pytest

from app.export.table_columns import read_list_cell
from tests.api.desk import DATABASES, Desk, Record, open_desk

MANY = 23
"""Claims of one event: more than a page shows."""

Cells = dict[str, str]


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """One desk for the module: each test makes datasets of its own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest.fixture(scope="module")
async def dataset(desk: Desk) -> str:
    """A dataset with three events, claims by owned sources and a relation."""
    dataset = await desk.dataset()
    person = await desk.actor("emissary", name="The Emissary")
    first = await desk.event(
        dataset,
        title="=First",
        summary="One; two,\nthree",
        external_id="first",
        participants=[{"actor": person, "for": "PRK", "role": "host"}],
        tags=["a;b", "c"],
    )
    second = await desk.event(dataset, title="Second", date="2024-06~")
    await desk.event(dataset, title="Third", date="2023", fatalities={"best": 3})
    owner = await desk.source("owner-of-papers", speaks_for="RUS")
    paper = await desk.source("paper", owner=owner)
    speaker = {"actor": None, "title": "envoy", "speaks_for": "KOR"}
    for number in range(MANY):
        said = {"external_id": f"no-{number}", "paraphrase": f"They met, {number}."}
        await desk.claim(first, paper, speaker=speaker, **said)
    await desk.relation(second, first)
    await desk.settle()
    return dataset


def table(text: str) -> list[Cells]:
    """The rows of a CSV text by its header."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def csv_of(desk: Desk, target: str, **headers: str) -> list[Cells]:
    answer = await desk.ask(f"GET {target}", **headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    return table(answer.text)


async def walked(desk: Desk, target: str) -> list[Record]:
    """All events of a list, two at a time."""
    found: list[Record] = []
    cursor = ""
    while True:
        page = await desk.get(f"{target}&limit=2{cursor}")
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def test_csv_is_had_by_suffix_parameter_and_accept(desk: Desk, dataset: str) -> None:
    filters = f"dataset={dataset}"
    by_suffix = await csv_of(desk, f"/v1/events.csv?{filters}")
    assert by_suffix == await csv_of(desk, f"/v1/events?{filters}&format=csv")
    assert by_suffix == await csv_of(desk, f"/v1/events?{filters}", accept="text/csv")
    assert [row["title"] for row in by_suffix] == ["=First", "Second", "Third"]


@pytest.mark.parametrize("sort", ["date", "-date", "title", "-updated_at", "fatalities"])
async def test_each_format_has_the_events_of_the_list(desk: Desk, dataset: str, sort: str) -> None:
    filters = f"dataset={dataset}&sort={sort}"
    ids = [event["id"] for event in await walked(desk, f"/v1/events?{filters}")]
    assert len(ids) == 3
    assert [row["id"] for row in await csv_of(desk, f"/v1/events.csv?{filters}")] == ids
    lines = (await desk.ask(f"GET /v1/events.ndjson?{filters}")).text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ids
    features = (await desk.get(f"/v1/events.geojson?{filters}"))["features"]
    assert [feature["id"] for feature in features] == ids


async def test_a_page_of_csv_has_its_header_and_leads_to_the_next(desk: Desk, dataset: str) -> None:
    answer = await desk.ask(f"GET /v1/events.csv?dataset={dataset}&limit=2&fields=title,tags")
    first, second = table(answer.text)
    assert (first["title"], read_list_cell(first["tags"])) == ("=First", ["a;b", "c"])
    assert list(second) == ["title", "tags"]
    assert 'rel="next"' in answer.headers["link"]


async def test_head_says_what_get_does_and_how_long_it_is(desk: Desk, dataset: str) -> None:
    await desk.settle()
    for format in ("csv", "ndjson", "geojson", "parquet"):
        target = f"/v1/events.{format}?dataset={dataset}"
        head = await desk.ask(f"HEAD {target}", accept_encoding="identity")
        get = await desk.ask(f"GET {target}", accept_encoding="identity")
        assert (head.status_code, head.content) == (200, b"")
        own = {"x-request-id", "transfer-encoding"}
        told = {name: value for name, value in get.headers.items() if name not in own}
        assert told.items() <= head.headers.items()
        assert head.headers["content-length"] == str(len(get.content))
        assert head.headers["accept-ranges"] == "bytes"


async def test_references_are_in_files_as_they_stood(desk: Desk) -> None:
    dataset = await desk.dataset()
    name, asked = desk.name("known-as"), "include=references&fields=references"
    slug = await desk.actor(name=name)
    await desk.event(dataset, title="Of old", participants=[{"actor": slug, "role": "host"}])
    await desk.settle()
    target = f"/v1/events.parquet?dataset={dataset}&actor={slug}&{asked}"
    before = await desk.ask(f"GET {target}")
    assert before.status_code == 200
    pinned = f"{target}&as_of={before.headers['annals-as-of']}"
    await desk.change(f"PATCH /v1/actors/{slug}", {"name": "Someone else"})
    await desk.settle()
    (row,) = pq.read_table(io.BytesIO((await desk.ask(f"GET {pinned}")).content)).to_pylist()
    assert [each["name"] for each in json.loads(row["references"])["actors"]] == [name]
    head = await desk.ask(
        f"HEAD /v1/events.csv?dataset={dataset}&{asked}", accept_encoding="identity"
    )
    assert (head.status_code, "content-length" in head.headers) == (200, True)


async def test_a_file_is_of_a_position(desk: Desk) -> None:
    dataset = await desk.dataset()
    await desk.event(dataset, title="First")
    await desk.settle()
    target = f"/v1/events.parquet?dataset={dataset}"
    first = await desk.ask(f"GET {target}")
    await desk.event(dataset, title="Second")
    await desk.settle()
    second = await desk.ask(f"GET {target}")
    assert first.headers["etag"] != second.headers["etag"]
    again = await desk.ask(f"GET {target}&as_of={first.headers['annals-as-of']}")
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])


async def test_a_file_is_for_who_may_see_it(desk: Desk) -> None:
    secret = await desk.dataset("private")
    await desk.event(secret, title="Zwischenruf")
    await desk.settle()
    target = "/v1/events.csv?q=zwischenruf"
    seen = await desk.ask(f"GET {target}", range="bytes=0-")
    hidden = await desk.ask(f"GET {target}", range="bytes=0-", key=None)
    assert (seen.status_code, hidden.status_code) == (206, 206)
    assert ("Zwischenruf" in seen.text, "Zwischenruf" in hidden.text) == (True, False)
    await desk.change(f"PATCH /v1/datasets/{secret}", {"visibility": "public"})
    await desk.settle()
    now = await desk.ask(f"GET {target}", range="bytes=0-", key=None)
    assert "Zwischenruf" in now.text


async def test_csv_for_spreadsheets(desk: Desk, dataset: str) -> None:
    answer = await desk.ask(f"GET /v1/events.csv?dataset={dataset}&bom=true&safe=excel")
    assert answer.content.startswith(b"\xef\xbb\xbfid,")
    assert table(answer.text)[0]["title"] == "'=First"


async def test_a_page_has_some_claims_and_an_export_all(desk: Desk, dataset: str) -> None:
    filters = f"dataset={dataset}&external_id=first&include=claims,relations"
    (event,) = await desk.items(f"/v1/events?{filters}")
    assert (len(event["claims"]["items"]), bool(event["claims"]["more"])) == (20, True)
    whole: Any = json.loads((await desk.ask(f"GET /v1/events.ndjson?{filters}")).text)
    assert (len(whole["claims"]["items"]), whole["claims"]["more"]) == (MANY, None)
    (row,) = await csv_of(desk, f"/v1/events.csv?{filters}")
    assert json.loads(row["claim_items"]) == whole["claims"]["items"]
    assert json.loads(row["relation_items"]) == whole["relations"]["items"]


async def test_references_are_the_records_that_an_event_names(desk: Desk, dataset: str) -> None:
    (event,) = await desk.items(
        f"/v1/events?dataset={dataset}&external_id=first&include=references"
    )
    named = event["references"]
    assert named["dataset"] == await desk.get(f"/v1/datasets/{dataset}")
    assert [each["slug"] for each in named["actors"]] == ["KOR", "PRK", "RUS", "emissary"]
    assert [each["slug"] for each in named["sources"]] == ["owner-of-papers", "paper"]
    assert named["actors"][-1] == await desk.get("/v1/actors/emissary")


async def test_exports_lead_to_licences_and_citations(desk: Desk, dataset: str) -> None:
    cited = {"title": "Cited", "licence": "CC-BY-4.0", "citation": "Somebody (2024)."}
    await desk.make("/v1/datasets", {"slug": "cited", "visibility": "public", **cited})
    secret = await desk.dataset("private")
    await desk.event("cited", title="Shared")
    await desk.event(secret, title="Shared")
    await desk.event(dataset, title="Shared", date="2001")
    for target in ("events.csv?q=shared", "events.ndjson?q=shared&limit=1"):
        answer = await desk.ask(f"GET /v1/{target}", key=None)
        links = answer.headers["link"]
        assert '<https://spdx.org/licenses/CC-BY-4.0.html>; rel="license"' in links
        assert '</v1/citation?q=shared>; rel="describedby"; type="application/json"' in links
    told = await desk.get("/v1/citation?q=shared", key=None)
    assert [each["slug"] for each in told["datasets"]] == ["cited", dataset]
    assert told["datasets"][0]["citation"] == "Somebody (2024)."
    await desk.settle()
    seen = await desk.get("/v1/citation?q=shared&as_of=now")
    slugs = [each["slug"] for each in seen["datasets"]]
    assert (slugs, bool(seen["as_of"])) == (sorted(["cited", dataset, secret]), True)
    assert (await desk.get("/v1/citation?q=nowhere"))["datasets"] == []


async def test_known_by_is_a_column_of_its_own(desk: Desk, dataset: str) -> None:
    (row,) = await csv_of(desk, f"/v1/events.csv?dataset={dataset}&known_by=2024-07-01")
    assert list(row)[-1] == "known_by"
    assert (row["external_id"], row["known_by"]) == ("first", "2024-07-01")
