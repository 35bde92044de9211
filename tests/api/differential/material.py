"""The records of the pair: what everybody sees, and what only some see.

Nothing private is made twice, and everything private is as near to something public as can be: it
has public actors, words, tags, codes, places and days, so that it would be in most answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.api.desk import Desk, a_claim, a_meeting

PYONGYANG = {
    "name": "Pyongyang",
    "country": "PRK",
    "longitude": 125.75,
    "latitude": 39.03,
    "precision": "city",
}
HIDDEN = ("umbra", "nightjar", "umbra-wire", "geheim/1", "geheim", "Zwischenfall", "Nightjar")
"""Slugs, ids, tags and words of what is private."""


@dataclass
class Material:
    """The keys by caller, and the ids and slugs by the kind of record, private ones among them."""

    callers: Mapping[str, str | None]
    known: dict[str, list[str]]


async def make_public(desk: Desk) -> Material:
    """A dataset with events of every kind, their claims, relations, merges, and the strangers."""
    await desk.dataset(slug="desk")
    await desk.dataset("private", slug="another")
    for slug in ("kim-jong-un", "vladimir-putin", "nightingale"):
        await desk.actor(slug)
    for slug in ("nhk", "umbral"):
        await desk.source(slug)
    events = [await desk.event("desk", **_event(number)) for number in range(14)]
    claims = [
        await desk.claim(event, "nhk", external_id=f"c-{number}", paraphrase="They met, it says.")
        for number, event in enumerate(events[:8])
    ]
    claims.append(await desk.claim(events[0], "umbral", stance="denies"))
    relation = await desk.relation(events[0], events[1])
    pair = {"winner": events[2]["id"], "losers": [events[3]["id"]]}
    merge = await desk.make("/v1/merges", pair)
    await desk.change(f"DELETE /v1/events/{events[4]['id']}")
    await desk.change(f"PATCH /v1/events/{events[5]['id']}", {"title": "A meeting, revised"})
    callers = {
        "anonymous": None,
        "reader": await desk.key("read", datasets=["another"]),
        "writer": await desk.key("read", "write", "import", datasets=["another", "desk"]),
    }
    return Material(
        callers,
        {
            "event": [each["id"] for each in events[:6]],
            "claim": [each["id"] for each in claims[:2]],
            "relation": [relation["id"]],
            "merge": [merge["id"]],
            "actor": ["PRK", "RUS", "kim-jong-un", "nightingale"],
            "source": ["nhk", "umbral"],
            "dataset": ["desk", "another"],
        },
    )


async def make_private(desk: Desk, material: Material) -> None:
    """A private dataset whose records are like the public ones, and beside them."""
    await desk.dataset("private", slug="umbra")
    person = {"slug": "nightjar", "kind": "person", "name": "Nightjar", "dataset": "umbra"}
    wire = {"slug": "umbra-wire", "kind": "wire", "name": "Nightjar Wire", "dataset": "umbra"}
    await desk.make("/v1/actors", {**person, "aliases": ["Kim"], "codes": {"cameo": ["geheim"]}})
    await desk.make("/v1/sources", {**wire, "reliability": "A"})
    events = [await desk.event("umbra", **_event(number, hidden=True)) for number in range(14)]
    claims = [await desk.claim(each, "nhk", paraphrase="geheim") for each in events[:6]]
    claims.append(await desk.claim(events[0], "umbra-wire", stance="denies"))
    known = material.known
    public = {"id": known["event"][0]}
    relation = await desk.relation(events[0], public, "responds-to")
    await desk.relation(public, events[1])
    pair = {"winner": events[2]["id"], "losers": [events[3]["id"]], "note": "geheim"}
    merge = await desk.make("/v1/merges", pair)
    await desk.change(f"DELETE /v1/events/{events[4]['id']}")
    await desk.change(f"PATCH /v1/events/{events[5]['id']}", {"title": "Zwischenfall, revidiert"})
    question = {"title": "Geheim", "query": "dataset=umbra"}
    await desk.make("/v1/questions", question)
    await desk.key("read", datasets=["umbra"])
    for name, found in (
        ("event", [each["id"] for each in events[:6]]),
        ("claim", [each["id"] for each in claims[:2]]),
        ("relation", [relation["id"]]),
        ("merge", [merge["id"]]),
        ("actor", ["nightjar"]),
        ("source", ["umbra-wire"]),
        ("dataset", ["umbra"]),
    ):
        known[name] += found
    await desk.settle()


def _event(number: int, *, hidden: bool = False) -> dict[str, Any]:
    actor = "nightjar" if hidden and number % 2 else "kim-jong-un"
    place = PYONGYANG if number % 3 else {"country": "RUS", "precision": "country"}
    content = a_meeting(
        "",
        external_id=f"geheim/{number}" if hidden else f"open/{number}",
        type=("meeting", "summit", "missile-test", "armed-clash")[number % 4],
        title="Zwischenfall" if hidden else "Leaders meet",
        date=("2024-06-18", "2024-06", "2023/2025", "2024-05-2X"[:7])[number % 4],
        tags=["visit", "geheim"] if hidden else ["visit"],
        codes={"cameo": "042"},
        location=place,
        participants=[
            {"actor": actor, "for": "PRK", "role": ("host", "initiator")[number % 2]},
            {"actor": "RUS", "role": "target"},
        ],
        fatalities={"low": 0, "best": number, "high": 30} if number % 3 == 0 else None,
    )
    return {name: value for name, value in content.items() if name != "dataset"}


def a_hidden_claim(**content: Any) -> dict[str, Any]:
    """The body of a claim whose source is hidden."""
    return a_claim("umbra-wire", **content)
