"""Ranges that hold nothing, two names of one actor and lines of blanks are errors."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.ingest.import_options import ImportOptions
from app.ingest.run import run_import
from app.resources.questions.service import SavedQueryDraft, add_saved_query
from app.values.caller import OPERATOR
from tests.api.desk import DATABASES, Desk, Record, a_meeting, faults, open_desk

RANGES: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("since", "until"): (("2024-06-19", "2024-06-18"), ("2024-06-18", "2024-06-18")),
    ("fatalities_min", "fatalities_max"): (("2", "1"),),
}
HOLDING = "since=2024-06-18&until=2024-06-19&fatalities_min=2&fatalities_max=2"
FACES = {"actor": "PRK", "suffix": "ndjson", "event_id": "01902a4b-0c3d-7e8f-9a0b-1c2d3e4f5a6b"}


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """One desk for the module: each test makes datasets of its own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


def bounded(document: Any) -> list[tuple[str, tuple[str, str]]]:
    """Every path of the reference that takes two bounds, with these."""
    found = []
    for path, operations in document["paths"].items():
        parameters = operations.get("get", {}).get("parameters", ())
        names = {each["name"] for each in parameters if each.get("in") == "query"}
        found += [(path.format(**FACES), pair) for pair in RANGES if names.issuperset(pair)]
    return found


async def test_a_range_that_holds_nothing_is_refused_everywhere(desk: Desk) -> None:
    paths = bounded(await desk.get("/openapi.json"))
    assert len(paths) > 15
    for path, (lower, upper) in paths:
        for least, most in RANGES[lower, upper]:
            answer = await desk.ask(f"GET {path}?{lower}={least}&{upper}={most}")
            assert answer.status_code == 422, path
            (fault,) = faults(answer)
            assert (fault["code"], fault["parameter"]) == ("empty-range", upper)
            assert f"{lower}={least}" in fault["detail"]
            assert f"{upper}={most}" in fault["detail"]
    assert await desk.get(f"/v1/count?{HOLDING}") == {"value": 0, "kind": "exact"}


async def test_a_stored_question_keeps_its_rules(desk: Desk) -> None:
    asked = {"since": "2024-06-19", "until": "2024-06-18"}
    saving = SavedQueryDraft("Of before", asked, 0, 0, "0" * 64, "private")
    database = desk.app.state.annals.database
    id = await database.write(lambda write: add_saved_query(write, OPERATOR, saving))
    assert (await desk.get(f"/v1/questions/{id}"))["asked"] == asked
    assert await desk.items(f"/v1/questions/{id}/events") == []
    refused = await desk.ask(
        "POST /v1/questions", {"title": "Now", "query": "since=2024-06-19&until=2024-06-18"}
    )
    assert refused.status_code == 422


async def test_a_dyad_is_of_two_whatever_they_are_called(desk: Desk) -> None:
    for dyad in ("PRK,KP", "PRK,North Korea"):
        answer = await desk.ask(f"GET /v1/events?dyad={dyad}")
        assert answer.status_code == 422, dyad
        (fault,) = faults(answer)
        assert (fault["code"], fault["parameter"]) == ("same-actor", "dyad")
        assert all(repr(each) in fault["detail"] for each in dyad.split(","))
    both = await desk.get("/v1/count?dyad=PRK,RU")
    assert both["value"] == 0


async def test_one_actor_may_be_spelt_in_several_ways(desk: Desk) -> None:
    slug = await desk.actor(name="Ri Yong-ho of the Desk")
    taking = [{"actor": slug, "role": "host"}]
    await desk.event(participants=taking)
    asked = "actor=Ri Yong-ho of the Desk&actor=ri yong ho of the desk"
    asked += "&filter=actor='RI YONG HO OF THE DESK'"
    assert (await desk.get(f"/v1/count?{asked}"))["value"] == 1


@pytest.mark.parametrize("blank", ["   ", "\u3000", "\u00a0\u200b"])
async def test_a_line_of_blanks_says_nothing(desk: Desk, blank: str) -> None:
    dataset = await desk.dataset()
    event, source = await desk.event(dataset), await desk.source()
    refuted = {"status": "refuted", "reason": blank}
    claim = {"stance": "affirms", "source": source, "paraphrase": blank, "basis": "document"}
    sent: list[tuple[str, Record, str]] = [
        ("/v1/events", a_meeting(dataset, title=blank), "/title"),
        (
            "/v1/events",
            a_meeting(dataset, verification_override=refuted),
            "/verification_override/reason",
        ),
        (f"/v1/events/{event['id']}/claims", claim, "/paraphrase"),
        ("/v1/datasets", {"slug": desk.name("x"), "title": blank}, "/title"),
        ("/v1/actors", {"slug": desk.name("x"), "kind": "person", "name": blank}, "/name"),
        ("/v1/sources", {"slug": desk.name("x"), "kind": "other", "name": blank}, "/name"),
        ("/v1/keys", {"name": blank, "scopes": ["read"]}, "/name"),
        ("/v1/questions", {"title": blank, "query": "type=summit"}, "/title"),
    ]
    for path, body, pointer in sent:
        answer = await desk.ask(f"POST {path}", body)
        assert answer.status_code == 422, (path, answer.text)
        assert (pointer, "blank") in {(each["pointer"], each["code"]) for each in faults(answer)}
    patched = await desk.ask(f"PATCH /v1/events/{event['id']}", {"title": blank})
    assert patched.status_code == 422


BODIES: list[tuple[Record, bool]] = [
    ({"fatalities": {"best": 3}}, True),
    ({"fatalities": {"high": 4, "low": 1}}, True),
    ({"fatalities": {}}, True),
    ({"fatalities": None}, True),
    ({"fatalities": {"low": None, "best": None, "high": None}}, True),
    ({"fatalities": {"best": -1}}, False),
    ({"fatalities": {"best": 3.5}}, False),
    ({"fatalities": {"best": True}}, False),
    ({"fatalities": {"best": 2_000_000_001}}, False),
    ({"fatalities": {"dead": 3}}, False),
    ({"fatalities": 3}, False),
    ({"title": " "}, False),
    ({"title": "Two\nlines"}, False),
    ({"date": "0000"}, False),
    ({"date": "Y17000"}, False),
    ({"type": "meting"}, False),
    ({"tags": ["x", "x"]}, True),
    ({"tags": [""]}, False),
    ({"participants": [{"actor": "PRK", "role": "host"}]}, True),
    ({"participants": [{"actor": "PRK", "role": "hst"}]}, False),
    ({"location": {"precision": "city"}}, False),
    ({"location": {"precision": "country", "country": "PRK"}}, True),
    ({"codes": {"cameo": "042"}}, True),
    ({"codes": {"Cameo!": "042"}}, False),
    ({"verification_override": {"status": "refuted", "reason": " "}}, False),
    ({"lifecycle": "over"}, False),
    ({"details": {"nothing": 1}}, False),
]


@pytest.mark.parametrize(("given", "is_taken"), BODIES)
async def test_the_same_is_taken_as_a_body_and_as_a_row(
    desk: Desk, tmp_path: Path, given: Record, is_taken: bool
) -> None:
    dataset, path = await desk.dataset(), tmp_path / "events.ndjson"
    body = a_meeting(dataset, external_id="row", **{**given, "title": given.get("title", "A")})
    path.write_bytes(orjson.dumps(body) + b"\n")
    database = desk.app.state.annals.database
    report = await run_import(database, path, ImportOptions("annals", dataset=dataset))
    answer = await desk.ask("POST /v1/events", {**body, "external_id": "body"})
    assert (answer.status_code == 201, report.rows.created == 1) == (is_taken, is_taken)
    if is_taken:
        one, other = await desk.items(f"/v1/events?dataset={dataset}&sort=title")
        assert all(one[name] == other[name] for name in body.keys() - {"external_id"})
