"""References of records: they must exist, and become public with their first public use."""

from typing import Any

import pytest

from app.db.transaction import Transaction
from app.errors import Invalid
from app.models.keys import keys
from app.record.links.references import require_actors, require_dataset, require_sources
from app.resources.actors.schemas import ActorCreate
from app.resources.actors.seeding import seed_actors
from app.resources.actors.service import create_actor
from app.resources.datasets.schemas import DatasetCreate
from app.resources.datasets.service import create_dataset
from app.resources.sources.schemas import SourceCreate
from app.resources.sources.service import create_source
from app.values.caller import ANONYMOUS, OPERATOR, Caller
from tests.resources.conftest import Ask, Run

INSIDER = Caller("writer", "writer", frozenset({"write"}), frozenset({"secret", "deep"}))


def prepare(write: Transaction) -> None:
    """Create two private datasets and a public one, with an actor and sources in the first."""
    for slug, visibility in (("secret", "private"), ("deep", "private"), ("open", "public")):
        body = DatasetCreate(slug=slug, title=slug, visibility=visibility)
        create_dataset(write, OPERATOR, body)
    for slug, dataset in (("agent-x", "secret"), ("agent-y", None)):
        actor = ActorCreate(slug=slug, kind="person", name=slug, dataset=dataset)
        create_actor(write, OPERATOR, actor)
    for slug, owner, speaks_for in (("holding", None, "agent-x"), ("paper", "holding", None)):
        source = SourceCreate(
            slug=slug,
            kind="newspaper",
            name=slug,
            dataset="secret",
            owner=owner,
            speaks_for=speaks_for,
        )
        create_source(write, OPERATOR, source)


@pytest.fixture
async def prepared(run: Run) -> None:
    """Seed the vocabulary's actors and run `prepare`."""
    await run(seed_actors)
    await run(prepare)


@pytest.mark.parametrize(
    ("caller", "slugs", "faults"),
    [
        (ANONYMOUS, {}, {}),
        (ANONYMOUS, {"/a": "PRK", "/b": "agent-y", "/c": "PRK"}, {}),
        (INSIDER, {"/a": "agent-x"}, {}),
        (ANONYMOUS, {"/a": "agent-x"}, {"/a": "unknown actor 'agent-x'; did you mean 'agent-y'?"}),
        (INSIDER, {"/a": "agent-z"}, {"/a": "unknown actor 'agent-z'; did you mean 'agent-x'"}),
        (ANONYMOUS, {"/a": "prk"}, {"/a": "unknown actor 'prk'; did you mean 'PRK'?"}),
        (ANONYMOUS, {"/a": "kp"}, {"/a": "unknown actor 'kp'; did you mean 'PRK'?"}),
        (ANONYMOUS, {"/a": "north-korea"}, {"/a": "did you mean 'PRK'?"}),
        (ANONYMOUS, {"/a": "un"}, {"/a": "did you mean 'united-nations'?"}),
        (ANONYMOUS, {"/a": "untied-nations"}, {"/a": "did you mean 'united-nations'"}),
        (
            ANONYMOUS,
            {"/a": "zzzzzz", "/b": "PRK", "/c/~1": "zzzzzz"},
            {"/a": "unknown actor 'zzzzzz'", "/c/~1": "unknown actor 'zzzzzz'"},
        ),
    ],
)
async def test_actors_must_exist_and_be_visible(
    run: Run, prepared: None, caller: Caller, slugs: dict[str, str], faults: dict[str, str]
) -> None:
    refused = await run(lambda write: refusal(write, caller, slugs))
    assert refused.keys() == faults.keys()
    for pointer, said in faults.items():
        assert said in refused[pointer]


def refusal(write: Transaction, caller: Caller, slugs: dict[str, str]) -> dict[Any, str]:
    """Return the faults of naming these actors in a private dataset, by pointer."""
    try:
        require_actors(write, caller, slugs, "secret")
    except Invalid as refused:
        return {fault.pointer: fault.detail for fault in refused.faults}
    return {}


@pytest.mark.parametrize(
    ("dataset", "owner"), [("secret", "secret"), ("deep", "secret"), ("open", None), (None, None)]
)
async def test_a_public_dataset_publishes_its_actors(
    ask: Ask, run: Run, prepared: None, dataset: str | None, owner: str | None
) -> None:
    await run(lambda write: require_actors(write, INSIDER, {"/a": "agent-x"}, dataset))
    read = (await ask("GET /v1/actors/agent-x", key="admin")).json()
    assert read["dataset"] == owner
    assert read["revision"] == (1 if owner else 2)
    assert (read["updated_at"] > read["created_at"]) is (owner is None)
    assert (await ask("GET /v1/actors/agent-x")).status_code == (404 if owner else 200)


async def test_a_published_source_publishes_its_owner_and_actor(
    ask: Ask, run: Run, prepared: None
) -> None:
    await run(lambda write: require_sources(write, INSIDER, {"/source": "paper"}, "open"))
    for path in ("sources/paper", "sources/holding", "actors/agent-x"):
        read = await ask(f"GET /v1/{path}")
        assert (read.status_code, read.json()["dataset"], read.json()["revision"]) == (200, None, 2)


async def test_sources_must_exist_and_be_visible(run: Run, prepared: None) -> None:
    with pytest.raises(Invalid, match=r"unknown source 'paper'$"):
        await run(lambda write: require_sources(write, ANONYMOUS, {"/source": "paper"}, "open"))
    with pytest.raises(Invalid, match="unknown source 'papre'; did you mean 'paper'"):
        await run(lambda write: require_sources(write, INSIDER, {"/source": "papre"}, "open"))


async def test_a_dataset_must_exist_and_be_visible(run: Run, prepared: None) -> None:
    found = await run(lambda write: require_dataset(write, INSIDER, "secret", "/dataset"))
    assert found == ("secret", 1)
    with pytest.raises(Invalid, match=r"unknown dataset 'secret'$") as refused:
        await run(lambda write: require_dataset(write, ANONYMOUS, "secret", "/dataset"))
    assert refused.value.faults[0].pointer == "/dataset"
    with pytest.raises(Invalid, match="did you mean 'open'"):
        await run(lambda write: require_dataset(write, ANONYMOUS, "opne"))


async def test_a_public_source_cannot_name_private_records(
    ask: Ask, run: Run, prepared: None
) -> None:
    body = {"slug": "daily", "kind": "newspaper", "name": "Daily", "owner": "holding"}
    held = keys.update().where(keys.c.id == "other").values(datasets=["open"])
    await run(lambda write: write.connection.execute(held))
    hidden = await ask("POST /v1/sources", body, key="other")
    assert "unknown source 'holding'" in hidden.text
    made = await ask("POST /v1/sources", body, key="admin")
    assert made.status_code == 201
    assert (await ask("GET /v1/sources/holding")).json()["dataset"] is None


async def test_a_dataset_that_becomes_public_publishes_its_records(
    ask: Ask, run: Run, prepared: None
) -> None:
    await ask("PATCH /v1/datasets/secret", {"visibility": "public"}, key="admin")
    for path in ("sources/paper", "sources/holding", "actors/agent-x", "datasets/secret"):
        assert (await ask(f"GET /v1/{path}")).status_code == 200
