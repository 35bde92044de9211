"""Looking up who is meant: a score, a reason, and nothing of what the caller may not see."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from app.db.transaction import Transaction
from app.resources.actors.schemas import ActorCreate
from app.resources.actors.service import create_actor
from app.resources.sources.schemas import SourceCreate
from app.resources.sources.service import create_source
from app.values.caller import OPERATOR
from tests.api.desk import DATABASES, Desk, Record, a_meeting, faults, open_desk


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """Yield one desk for the module, with a few actors whose names have several spellings."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        await desk.dataset("private", "hidden")
        kim: Record = {"name": "Kim Jong Un", "aliases": ["Kim Jong-eun"], "country": "PRK"}
        await desk.actor("kim-jong-un", codes={"wikidata": "Q56226"}, **kim)
        await desk.actor("kim-il-sung", name="Kim Il Sung")
        await desk.actor("hezbollah", name="Hezbollah", aliases=["Party of God"])
        await desk.actor("kim-jong-nam", name="Kim Jong Nam", dataset="hidden")
        await desk.source("cnn", name="CNN", url="https://www.cnn.com/world")
        await desk.source("nytimes-com", name="www.nytimes.com")
        await desk.source("secret-wire", name="Secret Wire", dataset="hidden")
        yield desk


async def found(desk: Desk, noun: str, name: str, **options: Any) -> list[tuple[str, float, str]]:
    """The candidates, as (slug, score, reason)."""
    target = f"/v1/lookup/{noun}?name={quote(name)}"
    items = await desk.items(target, **options)
    return [(each["slug"], each["score"], each["reason"]) for each in items]


@pytest.mark.parametrize(
    ("noun", "name", "slug", "least", "reason"),
    [
        ("actors", "kim jong un", "kim-jong-un", 1, "name 'Kim Jong Un' is the same"),
        ("actors", "KIM JONG-EUN", "kim-jong-un", 1, "alias 'Kim Jong-eun' is the same"),
        ("actors", "Kim Chong-un", "kim-jong-un", 0.9, "sounds the same, and differs by 2 letters"),
        ("actors", "Jong Un Kim", "kim-jong-un", 0.97, "has the same words in another order"),
        ("actors", "kim-jong-un", "kim-jong-un", 1, "its slug is 'kim-jong-un'"),
        ("actors", "wikidata:Q56226", "kim-jong-un", 1, "its wikidata code is 'Q56226'"),
        ("actors", "Hizbullah", "hezbollah", 0.85, "'Hezbollah' sounds the same"),
        ("actors", "the Party of God", "hezbollah", 0.7, "alias 'Party of God'"),
        ("actors", "Unted Natons", "united-nations", 0.85, "differs by 2 letters"),
        ("actors", "cameo:PRK", "PRK", 1, "its cameo code is 'PRK'"),
        ("sources", "https://www.cnn.com/x", "cnn", 1, "its host is 'cnn.com'"),
        ("sources", "edition.cnn.com", "cnn", 0.9, "its host 'cnn.com' is above 'edition.cnn.com'"),
        ("sources", "http://nytimes.com", "nytimes-com", 1, "its host is 'nytimes.com'"),
        ("sources", "C.N.N.", "cnn", 0.9, "name 'CNN' is the same but for spaces"),
    ],
)
async def test_who_is_meant(
    desk: Desk, noun: str, name: str, slug: str, least: float, reason: str
) -> None:
    (first, *_) = await found(desk, noun, name)
    assert first[0] == slug
    assert first[1] >= least
    assert reason in first[2]


async def test_the_likeliest_comes_first(desk: Desk) -> None:
    names = await found(desk, "actors", "Kim Jong")
    assert {slug for slug, _, _ in names} >= {"kim-jong-nam", "kim-jong-un"}
    scores = [score for _, score, _ in names]
    assert scores == sorted(scores, reverse=True)
    assert len(await desk.items("/v1/lookup/actors?name=Kim%20Jong&limit=1")) == 1
    assert await found(desk, "actors", "Qwrtzpsdfg Yxcvbnm") == []


async def test_what_is_hidden_is_not_found(desk: Desk) -> None:
    key = await desk.key("read")
    for noun, name, slug in (
        ("actors", "Kim Jong Nam", "kim-jong-nam"),
        ("actors", "kim-jong-nam", "kim-jong-nam"),
        ("sources", "Secret Wire", "secret-wire"),
    ):
        assert slug in {each[0] for each in await found(desk, noun, name)}
        assert slug not in {each[0] for each in await found(desk, noun, name, key=key)}
        assert slug not in {each[0] for each in await found(desk, noun, name, key=None)}


async def test_a_change_is_looked_up_at_once(desk: Desk) -> None:
    person, source = await desk.actor(), await desk.source()
    await desk.change(f"PATCH /v1/actors/{person}", {"name": "Ansar Allah"})
    await desk.change(f"PATCH /v1/sources/{source}", {"url": "https://www.saba.ye"})
    assert (await found(desk, "actors", "Ansarullah"))[0][0] == person
    assert (await found(desk, "sources", "saba.ye/en"))[0][0] == source
    await desk.change(f"DELETE /v1/actors/{person}")
    await desk.change(f"DELETE /v1/sources/{source}")
    assert person not in {each[0] for each in await found(desk, "actors", "Ansarullah")}
    assert await found(desk, "sources", "saba.ye") == []


@pytest.mark.parametrize("query", ["", "?name=", "?name=x&limit=0", "?name=x&limit=51", "?nam=x"])
async def test_a_wrong_question_is_an_error(desk: Desk, query: str) -> None:
    assert (await desk.ask(f"GET /v1/lookup/actors{query}")).status_code == 422


async def many(desk: Desk, dataset: str | None, names: dict[str, str]) -> None:
    """Actors and sources of these names, by slug, made at once."""
    bodies = [{"slug": slug, "name": names[slug], "dataset": dataset} for slug in names]

    def make(write: Transaction) -> None:
        for body in bodies:
            create_actor(write, OPERATOR, ActorCreate.model_validate({**body, "kind": "person"}))
            create_source(write, OPERATOR, SourceCreate.model_validate({**body, "kind": "other"}))

    await desk.app.state.annals.database.write(make)


async def test_those_who_are_hidden_take_no_place_of_those_who_are_not(desk: Desk) -> None:
    hidden = await desk.dataset("private")
    await many(desk, hidden, {f"dailey-{each:03}": "Kim Dailey" for each in range(120)})
    await many(desk, None, {"z-dailey": "Kim Dailey"})
    for name in ("Kim Dailey", "Dailey", "Kim Dayley"):
        for noun in ("actors", "sources"):
            seen = [each for each, _, _ in await found(desk, noun, name, key=None)]
            assert seen[0] == "z-dailey", name
            assert not any(each.startswith("dailey-") for each in seen)


async def test_a_wrong_word_is_never_meant_for_somebody_hidden(desk: Desk) -> None:
    hidden, public = await desk.dataset("private"), await desk.dataset()
    await many(desk, hidden, {f"saltgan-{each:03}": "Saltgane" for each in range(120)})
    await many(desk, None, {"saltgane": "Saltgane"})
    meeting = a_meeting(public, participants=[{"actor": "saltgame", "role": "host"}])
    stranger = await desk.key("write", datasets=[public])
    for line, body in (
        ("GET /v1/events?actor=saltgame", None),
        ("GET /v1/events?source=zaltgane", None),
        ("POST /v1/events", meeting),
    ):
        told = faults(await desk.ask(line, body, key=stranger))[0]["detail"]
        assert "did you mean 'saltgane'" in told
        assert "saltgan-" not in told


async def test_a_common_word_hides_nobody(desk: Desk) -> None:
    """So many share two of the words, and their slugs come first."""
    await many(desk, None, {f"front-{n:03}": f"Front of Liberation No. {n}" for n in range(120)})
    await many(desk, None, {"z-front": "Liberation Front of Oromia"})
    for name in ("Liberation Front of Oromia", "Oromia", "Front for the Liberation of Oromya"):
        for noun in ("actors", "sources"):
            assert "z-front" in {each for each, _, _ in await found(desk, noun, name)}, name
