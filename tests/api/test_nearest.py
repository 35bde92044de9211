"""Errors, not empty answers: what is unknown is named, with the nearest valid thing beside it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.desk import DATABASES, Desk, a_claim, a_meeting, faults, open_desk


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """A desk with one dataset, one source and one person."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        await desk.dataset(slug="russia-dprk")
        await desk.source("yonhap")
        await desk.actor("kim-jong-un", name="Kim Jong Un")
        yield desk


PARAMETERS = [
    ("events?verificaton=denied", "verificaton", "verification"),
    ("events?type=sumit", "type", "summit"),
    ("events?category=diplomcy", "category", "diplomacy"),
    ("events?role=hots", "role", "host"),
    ("events?actor=kim-jong-in", "actor", "kim-jong-un"),
    ("events?actor_all=PRKK", "actor_all", "PRK"),
    ("events?source=yonhapp", "source", "yonhap"),
    ("events?dataset=rusia-dprk", "dataset", "russia-dprk"),
    ("events?country=North%20Koreaa", "country", "North Korea"),
    ("events?sort=-dat", "sort", "-date"),
    ("events?fields=titel", "fields", "title"),
    ("events?include=claim", "include", "claims"),
    ("events?format=geojsn", "format", "geojson"),
    ("events?lifecycle=ocurred", "lifecycle", "occurred"),
    ("events?date_match=certian", "date_match", "certain"),
    ("events?count=exactly", "count", "exact"),
    ("count?limit=5", "limit", None),
    ("count?typ=summit", "typ", "type"),
    ("claims?stance=affirm", "stance", "affirms"),
    ("claims?basis=media-reports", "basis", "media-report"),
    ("relations?type=follow", "type", "follows"),
    ("changes?operation=create", "operation", "created"),
    ("changes?dataset=russia-dprkk", "dataset", "russia-dprk"),
    ("sources?kind=newspapers", "kind", "newspaper"),
    ("actors?kind=states", "kind", "state"),
    ("events?since=2024-13-01", "since", None),
    ("events?bbox=1,2,3", "bbox", None),
    ("events?near=1,2", "near", None),
    ("events?dyad=PRK", "dyad", None),
    ("events?limit=10001", "limit", None),
    ("events?limit=0", "limit", None),
    ("events?sort=relevance", "sort", None),
    ("events?cursor=nonsense", "cursor", None),
    ("events?as_of=yesterday", "as_of", None),
    ("events?code=042", "code", None),
    ("changes?after=nonsense", "after", None),
]


@pytest.mark.parametrize(("target", "parameter", "nearest"), PARAMETERS)
async def test_a_wrong_parameter_is_named(
    desk: Desk, target: str, parameter: str | None, nearest: str | None
) -> None:
    answer = await desk.ask(f"GET /v1/{target}", key=None)
    assert answer.status_code == 422, answer.text
    (fault,) = faults(answer)
    assert fault["parameter"] == parameter
    if nearest is not None:
        assert f"'{nearest}'" in fault["detail"], fault


EVENTS: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({"titel": "x"}, "/titel", "title"),
    ({"type": "sumit"}, "/type", "summit"),
    ({"dataset": "rusia-dprk"}, "/dataset", "russia-dprk"),
    ({"lifecycle": "ocurred"}, "/lifecycle", "occurred"),
    ({"participants": [{"actor": "prk", "role": "host"}]}, "/participants/0/actor", "PRK"),
    (
        {"participants": [{"actor": "kim-jong-in", "role": "host"}]},
        "/participants/0/actor",
        "kim-jong-un",
    ),
    ({"participants": [{"actor": "PRK", "role": "hots"}]}, "/participants/0/role", "host"),
    ({"participants": [{"actor": "PRK", "rol": "host"}]}, "/participants/0/rol", "role"),
    ({"location": {"precision": "cty"}}, "/location/precision", "city"),
    ({"location": {"precision": "country", "country": "prk"}}, "/location/country", "PRK"),
    ({"type": "summit", "details": {"ordinall": 3}}, "/details/ordinall", "ordinal"),
    ({"verification_override": {"status": "refutd", "reason": "x"}}, None, "refuted"),
    ({"date": "2024-02-30"}, "/date", None),
    ({"date": "yesterday"}, "/date", None),
    ({"title": ""}, "/title", None),
    ({"title": "two\nlines"}, "/title", None),
    ({"fatalities": {"low": 5, "best": 3}}, "/fatalities", None),
    ({"fatalities": {"best": -1}}, "/fatalities/best", None),
    ({"codes": {"Cameo": "042"}}, None, None),
    ({"tags": "one"}, "/tags", None),
]


@pytest.mark.parametrize(("wrong", "pointer", "nearest"), EVENTS)
async def test_a_wrong_field_of_an_event_is_pointed_at(
    desk: Desk, wrong: dict[str, Any], pointer: str | None, nearest: str | None
) -> None:
    made = await desk.event("russia-dprk")
    whole = {**a_meeting("russia-dprk"), **wrong}
    for line, body in (
        ("POST /v1/events", whole),
        (f"PUT /v1/events/{made['id']}", whole),
        (f"PATCH /v1/events/{made['id']}", wrong),
    ):
        if line.startswith("P") and "dataset" in wrong and "POST" not in line:
            continue  # the dataset of an event never changes
        answer = await desk.ask(line, body)
        assert answer.status_code == 422, (line, answer.text)
        told = [fault for fault in faults(answer) if pointer in {None, fault["pointer"]}]
        assert told, (line, answer.text)
        if nearest is not None:
            assert any(f"'{nearest}'" in fault["detail"] for fault in told), (line, told)


CLAIMS: list[tuple[dict[str, Any], str, str | None]] = [
    ({"source": "yonhapp"}, "/source", "yonhap"),
    ({"origin": "yonhapp"}, "/origin", "yonhap"),
    ({"stance": "affirm"}, "/stance", "affirms"),
    ({"basis": "media-reports"}, "/basis", "media-report"),
    ({"speaker": {"actor": "kim-jong-in"}}, "/speaker/actor", "kim-jong-un"),
    ({"speaker": {"speaks_for": "prk"}}, "/speaker/speaks_for", "PRK"),
    ({"speaker": {"speak_for": "PRK"}}, "/speaker/speak_for", "speaks_for"),
    ({"credibility": 7}, "/credibility", None),
    ({"credibility": 0}, "/credibility", None),
    ({"made_on": "2024-02-30"}, "/made_on", None),
    ({"retracted_on": "2024-06"}, "/retracted_on", None),
    ({"about": "fatalities.bst", "value": 3}, "/about", "fatalities.best"),
    ({"about": "fatalities.best"}, "/value", None),
    ({"value": 3}, "/about", None),
    ({"about": "fatalities.best", "value": "many"}, "/value", None),
    ({"url": "ftp://example.org"}, "/url", None),
    ({"language": "Korean"}, "/language", None),
    ({"paraphras": "x"}, "/paraphras", "paraphrase"),
]


@pytest.mark.parametrize(("wrong", "pointer", "nearest"), CLAIMS)
async def test_a_wrong_field_of_a_claim_is_pointed_at(
    desk: Desk, wrong: dict[str, Any], pointer: str, nearest: str | None
) -> None:
    event = await desk.event("russia-dprk")
    body = {**a_claim("yonhap"), **wrong}
    for line, sent in (
        (f"POST /v1/events/{event['id']}/claims", body),
        ("POST /v1/claims", {**body, "event": event["id"]}),
    ):
        answer = await desk.ask(line, sent)
        assert answer.status_code == 422, (line, answer.text)
        told = [fault for fault in faults(answer) if (fault["pointer"] or "") == pointer]
        assert told, (line, answer.text)
        if nearest is not None:
            assert f"'{nearest}'" in told[0]["detail"]


RELATIONS: list[tuple[dict[str, Any], str]] = [
    ({"type": "follow"}, "/type"),
    ({"to": "0190a2c0-0000-7000-8000-000000000001"}, "/to"),
    ({"from": "x"}, "/from"),
    ({"form": "x"}, "/form"),
]


@pytest.mark.parametrize(("wrong", "pointer"), RELATIONS)
async def test_a_wrong_field_of_a_relation_is_pointed_at(
    desk: Desk, wrong: dict[str, Any], pointer: str
) -> None:
    first, second = await desk.event("russia-dprk"), await desk.event("russia-dprk")
    body = {"from": first["id"], "to": second["id"], "type": "follows", **wrong}
    answer = await desk.ask("POST /v1/relations", body)
    assert answer.status_code == 422, answer.text
    assert pointer in [fault["pointer"] for fault in faults(answer)]


async def test_a_relation_is_made_once_and_not_to_itself(desk: Desk) -> None:
    first, second = await desk.event("russia-dprk"), await desk.event("russia-dprk")
    relation = await desk.relation(first, second)
    body = {"from": first["id"], "to": second["id"], "type": "follows"}
    assert (await desk.ask("POST /v1/relations", body)).status_code == 409
    assert (await desk.ask("POST /v1/relations", {**body, "to": first["id"]})).status_code == 422
    moved = await desk.ask(f"PATCH /v1/relations/{relation['id']}", {"to": first["id"]})
    assert moved.status_code == 422


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("events/nonsense", 422),
        ("events/0190a2c0-0000-7000-8000-000000000001", 404),
        ("events/0190a2c0-0000-7000-8000-000000000001/history", 404),
        ("events/0190a2c0-0000-7000-8000-000000000001/claims", 404),
        ("claims/0190a2c0-0000-7000-8000-000000000001", 404),
        ("relations/0190a2c0-0000-7000-8000-000000000001", 404),
        ("actors/nobody", 404),
        ("actors/nobody/events", 404),
        ("actors/north-korea", 404),
        ("nonsense", 404),
        ("events/", 404),
        ("vocab/rolls", 404),
        ("event-types/sumit", 404),
    ],
)
async def test_what_is_not_there_is_a_problem(desk: Desk, target: str, status: int) -> None:
    answer = await desk.ask(f"GET /v1/{target}", key=None)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert problem["status"] == status
    told = await desk.ask(f"GET {problem['type']}", key=None)
    assert told.status_code == 200
