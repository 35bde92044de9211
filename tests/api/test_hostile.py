"""Hostile input is refused, never a failure; strange but good input comes back bit for bit."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from tests.api.desk import DATABASES, Desk, Record, a_claim, a_meeting, open_desk

NOWHERE = "0190a2c0-0000-7000-8000-000000000001"
HOSTILE = (
    "%00",
    "%FF",
    "%ED%A0%80",
    "%F0%9F%98%80",
    "",
    "x" * 10_000,
    "9" * 400,
    "-1",
    "1e999",
    "NaN",
    "'%3B--",
    ",",
    "9999-12-31",
    "0000-00-00",
    "99999999999999999999-01-01",
    "9999-12-31T23:59:59.999999999Z",
    "0001-01-01T00:00:00%2B14:00",
    "180,-90,-180,90",
    "nan,nan,nan,nan",
    "PRK,RUS,KOR",
    NOWHERE,
    quote("𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \u202e \u0301"),
    "(" * 500,
    "%22" * 501,
)


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """One desk for the module: each test makes records of its own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


async def parameters_of(desk: Desk) -> list[tuple[str, str]]:
    """Each query parameter of the OpenAPI document, on the first path that takes it so."""
    document = await desk.get("/openapi.json")
    event = await desk.event()
    claim = await desk.claim(event)
    named = {"event_id": event["id"], "claim_id": claim["id"], "type": "summit", "list": "roles"}
    found: dict[str, tuple[str, str]] = {}
    for route, methods in document["paths"].items():
        path = route
        for name, value in {**named, "slug": "PRK", "relation_id": NOWHERE, "id": NOWHERE}.items():
            path = path.replace(f"{{{name}}}", value)
        for parameter in methods.get("get", {}).get("parameters", []):
            if parameter["in"] == "query":
                kind = f"{parameter['name']} {parameter['schema']}"
                found.setdefault(kind, (path, parameter["name"]))
    return list(found.values())


async def test_no_parameter_breaks_a_read(desk: Desk) -> None:
    failed = []
    for path, name in await parameters_of(desk):
        for value in HOSTILE:
            answer = await desk.ask(f"GET {path}?{name}={value}")
            if answer.status_code >= 500 or (value == "%00" and answer.status_code != 422):
                failed.append((path, name, value[:40], answer.status_code))
    assert failed == []


async def test_no_path_breaks_a_read(desk: Desk) -> None:
    document = await desk.get("/openapi.json")
    failed = []
    for route in document["paths"]:
        if "{" not in route:
            continue
        begin, _, rest = route.partition("{")
        for value in HOSTILE:
            path = f"{begin}{value}{rest.partition('}')[2]}".replace("{revision}", "1")
            answer = await desk.ask(f"GET {path}")
            if answer.status_code >= 500:
                failed.append((route, value[:40], answer.status_code))
    assert failed == []


BODIES = [
    (b"", 400),
    (b"{", 400),
    (b"[" * 100_000, 400),
    (b'{"a":' * 5000 + b"1" + b"}" * 5000, 400),
    (b'{"title": "\xff"}', 400),
    (b'{"title": "a", "title": "b"}', 400),
    (b'{"location": {"longitude": NaN}}', 400),
    (b'{"location": {"longitude": 1e999}}', 400),
    (b'{"location": {"longitude": Infinity}}', 400),
    (b'{"fatalities": {"best": ' + b"9" * 10_000 + b"}}", 400),
    (b'{"fatalities": {"best": 99999999999999999999}}', 422),
    (b'{"fatalities": {"best": 2147483648}}', 422),
    (b'{"fatalities": {"best": 1.5}}', 422),
    (b'{"fatalities": {"best": true}}', 422),
    (b'{"location": {"precision": "city", "longitude": 181, "latitude": 0}}', 422),
    (b'{"location": {"precision": "city", "longitude": 1}}', 422),
    (b'{"title": "a\\u0000b"}', 422),
    (b'{"title": "\\ud800"}', 422),
    (b'{"title": "\\udc00\\ud800"}', 422),
    (b'{"codes": {"\\u0000": "x"}}', 422),
    (b'{"\\ud800": 1}', 422),
    (b'{"tags": ["\\u0000"]}', 422),
    (b'{"title": "' + b"x" * 10_000 + b'"}', 422),
    (b'{"title": 5}', 422),
    (b'{"participants": {"0": {}}}', 422),
    (b'{"participants": [[]]}', 422),
    (b'{"details": []}', 422),
    (b'{"date": "10000-01-01"}', 422),
    (b'{"date": "2023-02-29"}', 422),
    (b'{"date": "0000-01-01"}', 422),
    (b"[]", 422),
    (b"null", 422),
    (b'"text"', 422),
    (b"1", 422),
    (b"\xef\xbb\xbf{}", 400),
]


@pytest.mark.parametrize(("body", "status"), BODIES)
async def test_no_body_breaks_a_write(desk: Desk, body: bytes, status: int) -> None:
    event = await desk.event()
    path = f"/v1/events/{event['id']}"
    for line in ("POST /v1/events", f"PUT {path}", f"PATCH {path}"):
        answer = await desk.ask(line, body)
        assert answer.status_code == status, (line, answer.text[:300])
        assert len(answer.content) < 20_000
    assert await desk.get(path) == event


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each text in a body, keys of free objects included."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, (*path, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from leaves(each, (*path, number))
    elif isinstance(value, str):
        yield path


def replaced(body: Any, path: tuple[Any, ...], text: str) -> Any:
    """The body with another text at the end of a way."""
    copy: Any = orjson.loads(orjson.dumps(body))
    here = copy
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = text
    return copy


async def whole_bodies(desk: Desk) -> list[tuple[str, Record]]:
    """Of each noun a body with every text field that it has."""
    dataset, source = await desk.dataset(), await desk.source()
    event = a_meeting(
        dataset,
        external_id="x",
        summary="x",
        location={"name": "x", "country": "PRK", "admin1": "x", "precision": "country"},
        participants=[{"actor": "PRK", "for": "RUS", "role": "host"}],
        details={"series": "x", "agenda": ["x"]},
        codes={"cameo": "042"},
        tags=["x"],
        lifecycle="planned",
        verification_override={"status": "refuted", "reason": "x"},
    )
    claim = a_claim(
        source,
        event=(await desk.event(dataset))["id"],
        speaker={"actor": "PRK", "title": "x", "speaks_for": "RUS"},
        origin=source,
        external_id="x",
        url="https://example.org/",
        language="ko",
        retracted_on="2024-07-01",
        about="location.name",
        value="x",
    )
    actor = {"slug": "x-1", "kind": "person", "name": "x", "aliases": ["x"], "country": "PRK"}
    of_source = {"slug": "x-1", "kind": "other", "name": "x", "url": "https://example.org/"}
    of_dataset = {"slug": "x-1", "title": "x", "description": "x", "licence": "x"}
    other = {"citation": "x", "version": "x", "released_on": "2024-06-12"}
    return [
        ("events", event),
        ("claims", claim),
        ("actors", {**actor, "codes": {"wikidata": ["Q1"]}}),
        ("sources", {**of_source, "owner": source, "speaks_for": "PRK", "language": "ko"}),
        ("datasets", {**of_dataset, **other, "url": "https://example.org/"}),
        ("keys", {"name": "x", "scopes": ["read"], "datasets": [dataset]}),
    ]


async def test_no_text_field_takes_what_no_database_keeps(desk: Desk) -> None:
    wrong = []
    for noun, body in await whole_bodies(desk):
        for path in leaves(body):
            for text in ("a\0b", "x" * 20_000):
                answer = await desk.ask(f"POST /v1/{noun}", replaced(body, path, text))
                if answer.status_code != 422:
                    wrong.append((noun, path, text[:4], answer.status_code))
            escaped = orjson.dumps(replaced(body, path, "SURROGATE"))
            answer = await desk.ask(f"POST /v1/{noun}", escaped.replace(b"SURROGATE", b"\\ud83d"))
            if answer.status_code != 422:
                wrong.append((noun, path, "surrogate", answer.status_code))
    assert wrong == []


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (b"9" * 30, 422),
        (b"-" + b"9" * 30, 422),
        (b"18446744073709551615", 201),
        (b"1e999", 400),
        (b"[" * 70 + b"]" * 70, 400),
        (b'"' + b"x" * 20_000 + b'"', 422),
        (b'"\\u0000"', 422),
        (b'{"a": ["\\ud800"]}', 422),
        (b'{"a": [1, 2.5, true, "x"]}', 201),
    ],
)
async def test_the_value_of_a_claim_is_free_but_bounded(
    desk: Desk, value: bytes, status: int
) -> None:
    event = await desk.event()
    body = orjson.dumps(a_claim(await desk.source(), about="details.x", value="VALUE"))
    line = f"POST /v1/events/{event['id']}/claims"
    answer = await desk.ask(line, body.replace(b'"VALUE"', value))
    assert answer.status_code == status, answer.text
    if status == 201:
        assert answer.json()["value"] == orjson.loads(value)


@pytest.mark.parametrize(
    "header", ["if-none-match", "if-match", "accept", "accept-encoding", "authorization", "range"]
)
async def test_no_header_breaks_an_answer(desk: Desk, header: str) -> None:
    event = await desk.event()
    for value in ('"', '"' * 999, "*", "W/", ",,,", "q=;;=", "x" * 5000, '"1-1"' * 200):
        for line in (f"GET /v1/events/{event['id']}", f"PATCH /v1/events/{event['id']}"):
            body = b"{}" if line.startswith("PATCH") else None
            answer = await desk.ask(line, body, key=None, **{header: value})
            assert answer.status_code < 500, (value[:20], answer.text)


TITLES = [
    "Zoë Ångström – “quoted” … ½",
    "Méco",
    "Me\u0301co",
    "КНДР и Россия",
    "조선민주주의인민공화국",
    "朝鮮民主主義人民共和国",
    "مناورة",
    "F-16 / KN-23 (U.S.)",
    "👩‍🚀🚀 launch",
    "İstanbul ıssız ﬁ ß ẞ",
    "a",
    "A",
    "Z",
    "z",
    "é",
    "\u200bzero width",
    "𝔘𝔫𝔦",
    "\uffff last of the plane",
    "😀 beyond the plane",
    "~ tilde",
    "\\ back \"slash\" 'quote' %s {x} --",
    " leading and trailing ",
]


async def test_text_comes_back_bit_for_bit_and_in_byte_order(desk: Desk) -> None:
    dataset, source = await desk.dataset(), await desk.source()
    for title in TITLES:
        event = await desk.event(
            dataset, title=title, summary=title, tags=[title], external_id=title, codes={"x": title}
        )
        found = await desk.get(f"/v1/events/{event['id']}")
        texts = (found["title"], found["summary"], found["external_id"], found["codes"]["x"])
        assert {*texts, *found["tags"]} == {title}
        claim = await desk.claim(event, source, paraphrase=title)
        assert (await desk.get(f"/v1/claims/{claim['id']}"))["paraphrase"] == title
        for asked in (f"tag={quote(title)}", f"external_id={quote(title)}"):
            listed = await desk.items(f"/v1/events?dataset={dataset}&{asked}")
            assert [each["id"] for each in listed] == [event["id"]], (title, asked)
    listed = await desk.items(f"/v1/events?dataset={dataset}&sort=title&fields=title")
    assert [each["title"] for each in listed] == sorted(TITLES, key=str.encode)
    lines = (await desk.ask(f"GET /v1/events.ndjson?dataset={dataset}&sort=-title")).text
    told = [orjson.loads(line)["title"] for line in lines.removesuffix("\n").split("\n")]
    assert told == sorted(TITLES, key=str.encode, reverse=True)


DATES = [
    ("0001-01-01", "0001-01-01", "0001-01-01"),
    ("0001", "0001-01-01", "0001-12-31"),
    ("9999-12-31", "9999-12-31", "9999-12-31"),
    ("9999", "9999-01-01", "9999-12-31"),
    ("2024-02-29", "2024-02-29", "2024-02-29"),
    ("2024-02", "2024-02-01", "2024-02-29"),
    ("1900-02", "1900-02-01", "1900-02-28"),
    ("2000-02", "2000-02-01", "2000-02-29"),
    ("../2024-06-18", None, "2024-06-18"),
    ("2024-06-18/..", "2024-06-18", None),
]


@pytest.mark.parametrize(("date", "earliest", "latest"), DATES)
async def test_dates_at_the_edges(
    desk: Desk, date: str, earliest: str | None, latest: str | None
) -> None:
    event = await desk.event(date=date)
    claim = await desk.claim(event, made_on=date)
    assert (event["earliest_on"], event["latest_on"]) == (earliest, latest)
    assert claim["made_on"] == date
    found = f"/v1/events?id={event['id']}"
    for asked, count in (("since=0001-01-01", 1), ("until=9999-12-31", int(earliest != date))):
        if date in {"9999-12-31"} or asked.startswith("since"):
            assert len(await desk.items(f"{found}&{asked}")) == (count if date else 1), asked
    for sort in ("date", "-date"):
        assert len(await desk.items(f"{found}&sort={sort}")) == 1


class JumpingClock:
    """A clock that can be set back; it moves a millisecond each time it is asked."""

    def __init__(self) -> None:
        self.now = 1_718_668_800_000_000

    def __call__(self) -> int:
        self.now += 1000
        return self.now


@pytest.mark.parametrize("kind", DATABASES)
async def test_a_clock_that_jumps_back_keeps_ids_and_feed_in_order(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    request.param = kind
    clock = JumpingClock()
    async with open_desk(request, tmp_path, clock=clock) as desk:
        dataset = await desk.dataset()
        made = []
        for _ in range(3):
            made += [(await desk.event(dataset))["id"] for _ in range(3)]
            await desk.settle()
            at = (await desk.ask("GET /v1/count?as_of=now")).headers["annals-as-of"]
            clock.now -= 86_400_000_000
            assert (await desk.get(f"/v1/count?as_of={at}"))["value"] == len(made)
        assert made == sorted(made)
        await desk.settle()
        changes = await desk.items("/v1/changes")
        assert [each["id"] for each in changes if each["kind"] == "event"] == made
        assert (await desk.get("/v1/count?as_of=now"))["value"] == len(made)
        changed = await desk.change(f"PATCH /v1/events/{made[0]}", {"title": "Later"})
        assert changed["revision"] == 2
        history = await desk.items(f"/v1/events/{made[0]}/history")
        assert [each["revision"] for each in history] == [2, 1]


async def test_hostile_requests_are_answered_beside_each_other(desk: Desk) -> None:
    bodies = [body for body, _ in BODIES]
    answers = await asyncio.gather(*(desk.ask("POST /v1/events", body) for body in bodies))
    assert all(400 <= answer.status_code < 500 for answer in answers)
