"""The published rule of verification, as it shows over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.desk import DATABASES, Desk, Record, open_desk

SOURCES: dict[str, Record] = {
    "yonhap": {"reliability": "A"},
    "reuters": {"reliability": "B"},
    "kbs": {"reliability": "C"},
    "tabloid": {"reliability": "D"},
    "blog": {"reliability": "F"},
    "group": {"reliability": "B"},
    "daily": {"reliability": "B", "owner": "group"},
    "weekly": {"reliability": "B", "owner": "group"},
    "kcna": {"reliability": "D", "kind": "state-media", "speaks_for": "PRK"},
    "rodong": {"reliability": "D", "kind": "state-media", "speaks_for": "PRK"},
}
PARTICIPANTS = [
    {"actor": "PRK", "role": "host"},
    {"actor": "vladimir-putin", "for": "RUS", "role": "guest"},
    {"actor": "KOR", "role": "target"},
]
OVERRIDE = {"status": "refuted", "reason": "the photograph is of 2014"}


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """A desk with sources of every kind, and a president."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        await desk.dataset(slug="desk")
        await desk.actor("vladimir-putin", name="Vladimir Putin")
        for slug, content in SOURCES.items():
            await desk.source(slug, **content)
        yield desk


def by(source: str, stance: str = "affirms", **content: Any) -> Record:
    """A claim by a source."""
    return {"source": source, "stance": stance, **content}


def denied_by(source: str, **content: Any) -> Record:
    """A claim that denies."""
    return by(source, "denies", **content)


def said_by(actor: str | None, source: str = "blog", **content: Any) -> Record:
    """A claim in which an actor speaks, or whoever speaks for it."""
    return by(source, speaker={"speaks_for": actor}, **content)


# claims; what they make of the event: status, rule, affirming, denying, independent
RULE: list[tuple[list[Record], str, str, tuple[int, int, int]]] = [
    ([], "unverified", "no-claim", (0, 0, 0)),
    ([by("blog")], "alleged", "uncorroborated", (1, 0, 1)),
    ([by("yonhap")], "alleged", "uncorroborated", (1, 0, 1)),
    ([by("yonhap"), by("reuters")], "confirmed", "corroborated", (2, 0, 2)),
    ([by("yonhap"), by("kbs")], "confirmed", "corroborated", (2, 0, 2)),
    ([by("yonhap"), by("tabloid")], "alleged", "uncorroborated", (2, 0, 2)),
    ([by("yonhap"), by("blog")], "alleged", "uncorroborated", (2, 0, 2)),
    ([by("yonhap"), by("yonhap")], "alleged", "uncorroborated", (2, 0, 1)),
    ([by("yonhap"), by("reuters", credibility=4)], "alleged", "uncorroborated", (2, 0, 2)),
    ([by("yonhap"), by("reuters", credibility=5)], "alleged", "uncorroborated", (2, 0, 2)),
    ([by("yonhap"), by("reuters", credibility=3)], "confirmed", "corroborated", (2, 0, 2)),
    (
        [by("yonhap"), by("reuters", basis="dataset-coding")],
        "alleged",
        "uncorroborated",
        (2, 0, 2),
    ),
    ([by("daily"), by("weekly")], "alleged", "uncorroborated", (2, 0, 1)),
    ([by("daily"), by("group")], "alleged", "uncorroborated", (2, 0, 1)),
    ([by("daily"), by("reuters")], "confirmed", "corroborated", (2, 0, 2)),
    ([by("yonhap"), by("reuters", origin="yonhap")], "alleged", "uncorroborated", (2, 0, 1)),
    ([by("yonhap", origin="daily"), by("weekly")], "alleged", "uncorroborated", (2, 0, 1)),
    ([by("kcna"), by("rodong")], "confirmed", "acknowledged", (2, 0, 1)),
    ([by("kcna")], "confirmed", "acknowledged", (1, 0, 1)),
    ([by("blog", origin="kcna")], "confirmed", "acknowledged", (1, 0, 1)),
    ([said_by("PRK")], "confirmed", "acknowledged", (1, 0, 1)),
    ([said_by("RUS")], "confirmed", "acknowledged", (1, 0, 1)),
    ([by("blog", speaker={"actor": "vladimir-putin"})], "confirmed", "acknowledged", (1, 0, 1)),
    ([said_by("KOR")], "alleged", "uncorroborated", (1, 0, 1)),
    ([said_by("USA")], "alleged", "uncorroborated", (1, 0, 1)),
    ([said_by("USA"), said_by("USA", "yonhap")], "alleged", "uncorroborated", (2, 0, 1)),
    ([by("kcna", retracted_on="2024-07-01")], "unverified", "no-claim", (0, 0, 0)),
    ([denied_by("yonhap")], "denied", "only-denied", (0, 1, 1)),
    ([denied_by("yonhap"), denied_by("reuters")], "denied", "only-denied", (0, 2, 2)),
    ([denied_by("kcna"), by("yonhap")], "disputed", "affirmed-and-denied", (1, 1, 2)),
    ([by("kcna"), denied_by("blog")], "disputed", "affirmed-and-denied", (1, 1, 2)),
    (
        [by("yonhap"), by("reuters"), denied_by("blog", retracted_on="2024-07-01")],
        "confirmed",
        "corroborated",
        (2, 0, 2),
    ),
    (
        [denied_by("kcna", made_on="2024-06-01"), by("kcna", made_on="2024-06-20")],
        "confirmed",
        "acknowledged",
        (1, 1, 1),
    ),
    (
        [by("kcna", made_on="2024-06-01"), denied_by("kcna", made_on="2024-06-20")],
        "denied",
        "only-denied",
        (1, 1, 1),
    ),
    (
        [by("kcna", made_on="2024-06"), denied_by("rodong", made_on="2024-06-20")],
        "confirmed",
        "acknowledged",
        (1, 1, 1),
    ),
    ([by("kcna", made_on=None), denied_by("kcna")], "denied", "only-denied", (1, 1, 1)),
    (
        [by("kcna", about="fatalities.best", value=3)],
        "unverified",
        "no-claim",
        (0, 0, 0),
    ),
    (
        [by("yonhap"), denied_by("reuters", about="fatalities.best", value=3)],
        "alleged",
        "uncorroborated",
        (1, 0, 1),
    ),
]


async def judged(desk: Desk, claims: list[Record], **content: Any) -> Record:
    """An event with these claims, as it stands when all are recorded."""
    event = await desk.event("desk", participants=PARTICIPANTS, **content)
    for claim in claims:
        await desk.claim(event, **claim)
    found: Record = await desk.get(f"/v1/events/{event['id']}")
    assert found["revision"] == 1 + len(claims), "each claim makes a revision"
    return found


@pytest.mark.parametrize(("claims", "status", "rule", "counts"), RULE)
async def test_the_rule(
    desk: Desk, claims: list[Record], status: str, rule: str, counts: tuple[int, int, int]
) -> None:
    event = await judged(desk, claims)
    assert (event["verification"], event["verification_rule"]) == (status, rule)
    told = event["claims"]
    assert (told["affirming"], told["denying"], told["independent"]) == counts
    assert event["verification_reason"]


@pytest.mark.parametrize("claims", [row[0] for row in RULE[:5]])
async def test_an_editor_goes_before_the_rule(desk: Desk, claims: list[Record]) -> None:
    event = await judged(desk, claims, verification_override=OVERRIDE)
    path = f"/v1/events/{event['id']}"
    assert (event["verification"], event["verification_rule"]) == ("refuted", "overridden")
    assert event["verification_reason"] == OVERRIDE["reason"]
    freed = await desk.change(f"PATCH {path}", {"verification_override": None})
    assert freed["verification"] != "refuted"
    assert [each["id"] for each in await desk.items(f"/v1/events?id={event['id']}")]


REASONS = [
    ([by("kcna", made_on="2024-06-19")], "acknowledged by PRK (host) on 2024-06-19"),
    ([said_by("RUS", made_on="2024-06")], "acknowledged by RUS (guest) on 2024-06"),
    ([by("yonhap"), by("reuters")], "affirmed independently by yonhap and reuters"),
    ([by("yonhap"), denied_by("blog")], "affirmed by yonhap; denied by blog"),
    ([denied_by("blog")], "denied by blog"),
    ([by("blog")], "affirmed by blog"),
    ([], "no claim is recorded"),
]


@pytest.mark.parametrize(("claims", "reason"), REASONS)
async def test_the_reason_names_the_voices(desk: Desk, claims: list[Record], reason: str) -> None:
    assert (await judged(desk, claims))["verification_reason"] == reason


# a change of the only claim, by kcna: the change, and the status before and after it
CHANGES: list[tuple[str, object, str, str]] = [
    ("PATCH", {"retracted_on": "2024-07-01"}, "confirmed", "unverified"),
    ("PATCH", {"stance": "denies"}, "confirmed", "denied"),
    ("PATCH", {"source": "blog"}, "confirmed", "alleged"),
    ("PATCH", {"about": "fatalities.best", "value": 3}, "confirmed", "unverified"),
    ("PATCH", {"speaker": {"speaks_for": "USA"}}, "confirmed", "alleged"),
    ("DELETE", None, "confirmed", "unverified"),
]


@pytest.mark.parametrize(("method", "body", "before", "after"), CHANGES)
async def test_a_change_of_a_claim_is_judged_at_once(
    desk: Desk, method: str, body: object, before: str, after: str
) -> None:
    event = await desk.event("desk", participants=PARTICIPANTS)
    claim = await desk.claim(event, "kcna")
    path = f"/v1/events/{event['id']}"
    first = await desk.get(path)
    await desk.change(f"{method} /v1/claims/{claim['id']}", body)
    second = await desk.get(path)
    assert (first["verification"], second["verification"]) == (before, after)
    assert second["revision"] == first["revision"] + 1
    gone = await desk.ask(f"GET /v1/claims/{claim['id']}")
    assert (gone.status_code == 410) == (method == "DELETE")
    found = await desk.items(f"/v1/events?id={event['id']}&verification={after}")
    assert [each["id"] for each in found] == [event["id"]]
    assert await desk.items(f"/v1/events?id={event['id']}&verification={before}") == []


async def test_participants_are_weighed_when_they_change(desk: Desk) -> None:
    event = await judged(desk, [by("kcna")])
    path = f"/v1/events/{event['id']}"
    target = [{"actor": "PRK", "role": "target"}]
    changed = await desk.change(f"PATCH {path}", {"participants": target})
    assert (event["verification"], changed["verification"]) == ("confirmed", "alleged")


async def test_a_sources_standing_is_judged_anew_in_all_its_events(desk: Desk) -> None:
    source, owner = await desk.source(reliability="F"), await desk.source()
    path = f"/v1/events/{(await judged(desk, [by('yonhap'), by(source)]))['id']}"
    repeated = (
        f"/v1/events/{(await judged(desk, [by('reuters'), by('blog', origin=source)]))['id']}"
    )
    steps: list[tuple[Record, str]] = [
        ({"name": "Renamed"}, "alleged"),
        ({"reliability": "B"}, "confirmed"),
        ({"owner": owner}, "confirmed"),
        ({"speaks_for": "RUS"}, "confirmed"),
        ({"reliability": "F"}, "confirmed"),
        ({"speaks_for": None}, "alleged"),
    ]
    for step, status in steps:
        before = [(await desk.get(each))["revision"] for each in (path, repeated)]
        await desk.change(f"PATCH /v1/sources/{source}", step)
        for each, revision in zip((path, repeated), before, strict=True):
            event = await desk.get(each)
            assert event["verification"] == status, step
            assert event["revision"] == revision + ("name" not in step), step


async def test_an_actors_new_name_is_in_its_events_and_their_search(desk: Desk) -> None:
    person = await desk.actor(name="Old Name")
    event = await desk.event("desk", participants=[{"actor": person, "for": "PRK", "role": "host"}])
    await desk.change(f"PATCH /v1/actors/{person}", {"name": "Nouveau Zorglub"})
    (found,) = await desk.items("/v1/events?q=zorglub")
    assert (found["id"], found["participants"][0]["name"]) == (event["id"], "Nouveau Zorglub")
    assert found["revision"] == event["revision"] + 1
    assert await desk.items(f"/v1/events?id={event['id']}&q=old") == []
    (latest, _) = await desk.items(f"/v1/events/{event['id']}/history")
    assert latest["changes"][0]["path"] == "/participants"


async def test_claims_are_records_of_their_own(desk: Desk) -> None:
    event = await desk.event("desk")
    claim = await desk.claim(event, "kcna", external_id="one", language="ko", credibility=2)
    path = f"/v1/claims/{claim['id']}"
    again = await desk.ask("POST /v1/claims", {**claim_body(claim), "event": event["id"]})
    assert again.status_code == 409
    assert (
        await desk.ask(f"PATCH {path}", {"paraphrase": "x"}, if_match="none")
    ).status_code == 428
    changed = await desk.change(f"PATCH {path}", {"paraphrase": "They met again."})
    assert (changed["revision"], changed["language"], changed["credibility"]) == (2, "ko", 2)
    assert (await desk.ask(f"DELETE {path}", if_match='"1-1"')).status_code == 412
    moved = await desk.ask(f"PATCH {path}", {"event": (await desk.event("desk"))["id"]})
    assert moved.status_code == 422
    emptied = await desk.change(f"PUT {path}", {**claim_body(claim), "language": None})
    assert (emptied["revision"], emptied["language"]) == (3, None)


def claim_body(claim: Record) -> Record:
    """Return the content of a claim."""
    settled = {"id", "revision", "event", "created_at", "updated_at"}
    return {name: value for name, value in claim.items() if name not in settled}
