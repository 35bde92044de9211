"""The same 1,000 questions have the same answers on both databases and by looking at every record.

Each is asked as a list walked by its cursors and as a count; some of them as an export, and as
facets, histogram, grid and network. The history and the questions come from one seed;
ANNALS_TEST_SEED sets another.
"""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from httpx2 import AsyncClient

from tests.api.questions.compare_counts import compare_counts
from tests.api.questions.compare_exports import compare_export
from tests.api.questions.history import write_history
from tests.api.questions.naive import (
    FILTERS,
    SORTS,
    Naive,
    Question,
    Refused,
)
from tests.api.questions.playing import Played, playing, settled_position, walk
from tests.api.questions.questions import FAMILY, make_questions
from tests.api.questions.records import Content

SEED = int(os.environ.get("ANNALS_TEST_SEED", "20240612"))
QUESTIONS = 1000
COUNTED = 2
"""Of each family of questions the one that is counted in groups as well."""

PAGES = (1, 1, 2, 4)
SHOWN_WRONG = 5
LEAST_ANSWERED = 3
"""Each filter and each order must at least so often have been asked with an answer."""

ORDERS = tuple(sign + name for name in SORTS for sign in ("", "-"))
REPEATED = {"tag", "external_id", "filter", "within"}
"""Parameters whose values may hold a comma: they come by repeating the parameter alone."""


@dataclass(frozen=True)
class Asked:
    """One question as it is sent."""

    number: int
    question: Question
    path: str
    params: dict[str, Any]


async def test_generated_questions(database_url: str, tmp_path: Path) -> None:
    """List = count = export = the naive answer, in the same order, to the last field."""
    history = write_history(SEED)
    naive = Naive([each.records for each in history.moments])
    questions = make_questions(SEED, history, QUESTIONS)
    wrong: list[str] = []
    answered: Counter[str] = Counter()
    async with playing(database_url, tmp_path, history) as played:
        columns = played.app.state.annals.engine.cache.columns
        assert [len(part) > 0 for part in columns.parts] == [True, True]
        for number, question in enumerate(questions):
            asked = send_as(number, question, played)
            try:
                if await ask(asked, played, naive):
                    answered.update(("a question", question.sort, *question.filters))
            except AssertionError as difference:
                wrong.append(f"seed {SEED}, {asked}\n{difference}")
    shown = "\n\n".join(wrong[:SHOWN_WRONG])
    assert not wrong, f"{len(wrong)} of {QUESTIONS} questions, the first are:\n\n{shown}"
    told_little = [name for name in (*FILTERS, *ORDERS) if answered[name] < LEAST_ANSWERED]
    assert not told_little, f"too few answers, seed {SEED}: {told_little} of {answered}"
    assert answered["a question"] > QUESTIONS / 2, f"too few answers, seed {SEED}: {answered}"


def send_as(number: int, question: Question, played: Played) -> Asked:
    """The question in one of the ways in which it can be written."""
    random = Random(number)
    params: dict[str, Any] = {"sort": question.sort}
    for name, values in question.filters.items():
        joined = name not in REPEATED and random.random() < 0.5
        params[name] = ",".join(values) if joined else list(values)
    if question.moment is not None:
        position = played.positions[question.caller][question.moment]
        params["as_of"] = random.choice((position, played.instants[question.moment]))
    elif random.random() < 0.3:
        params["as_of"] = "now"
    if question.known_by is not None:
        params["known_by"] = question.known_by
    path = f"/v1/actors/{question.actor}/events" if question.actor else "/v1/events"
    return Asked(number, question, path, params)


async def ask(asked: Asked, played: Played, naive: Naive) -> bool:
    """Ask in every way, which must agree; return whether there was an answer."""
    client = played.callers[asked.question.caller]
    try:
        expected = naive.answer(asked.question)
    except Refused:
        refused = await client.get(asked.path, params=asked.params)
        assert refused.status_code in {404, 422}, refused.text
        return False
    random = Random(asked.number)
    pages = random.choice(PAGES)
    params = {**asked.params, "limit": max(1, -(-len(expected) // pages))}
    counts_itself = asked.question.actor is not None or random.random() < 0.4
    if counts_itself:
        params["count"] = "exact"
    if asked.question.include:
        params["include"] = ",".join(asked.question.include)
    items, envelopes = await walk(client, asked.path, params)
    compare([without_ids(each) for each in items], expected)
    if counts_itself:
        assert {each["count"]["value"] for each in envelopes} == {len(expected)}
    else:
        await compare_count(client, asked, len(expected))
    if asked.question.actor is None and random.random() < 0.2:
        whole = {name: value for name, value in params.items() if name not in {"limit", "count"}}
        await compare_export(client, asked.path, whole, items, random)
    if asked.question.actor is None and (asked.number % FAMILY == COUNTED or of_now(asked)):
        filters = {name: value for name, value in asked.params.items() if name != "sort"}
        told_by = naive.told_by(asked.question)
        documents = [{**each, "told_by": told_by[each["id"]]} for each in expected]
        await compare_counts(client, filters, documents, random)
    return bool(expected)


def of_now(asked: Asked) -> bool:
    """Return whether it is of the present, so that columns may answer."""
    return asked.question.known_by is None and "as_of" not in asked.params


async def compare_count(client: AsyncClient, asked: Asked, expected: int) -> None:
    """The count of the same filters."""
    params = {name: value for name, value in asked.params.items() if name != "sort"}
    counted = await client.get("/v1/count", params=params)
    assert counted.json() == {"value": expected, "kind": "exact"}


def compare(found: list[Content], expected: list[Content]) -> None:
    """The same events in the same order, and then the same fields."""
    ids, wanted = ([each["id"] for each in side] for side in (found, expected))
    if ids != wanted:
        more = [each for each in ids if each not in wanted]
        less = [each for each in wanted if each not in ids]
        by_id = {each["id"]: each for each in [*found, *expected]}
        told = [f"too much: {by_id[each]}" for each in more[:2]]
        told += [f"missing: {by_id[each]}" for each in less[:2]]
        raise AssertionError("\n".join(told) or f"the order: {ids[:9]} for {wanted[:9]}")
    for one, other in zip(found, expected, strict=True):
        differing = {
            name: (one.get(name), other.get(name))
            for name in {*one, *other}
            if one.get(name) != other.get(name)
        }
        assert not differing, f"{one['id']}: found and expected {differing}"


def without_ids(document: Content) -> Content:
    """The event without the ids of its relations, which no two databases make alike."""
    if "relations" not in document:
        return document
    included = document["relations"]
    items = [{key: each[key] for key in each if key != "id"} for each in included["items"]]
    return {**document, "relations": {**included, "items": items}}


async def test_a_pinned_walk_while_others_write(api: AsyncClient) -> None:
    """`as_of=now` shows to the end of the walk what stood at its beginning."""
    await api.post("/v1/datasets", json={"slug": "desk", "title": "Desk", "visibility": "public"})
    made = [await api.post("/v1/events", json=an_event(number)) for number in range(60)]
    before = [each.json() for each in made]
    await settled_position(api, before[-1]["created_at"])
    asked: dict[str, Any] = {"as_of": "now", "limit": 5, "sort": "title"}
    items, positions = [], set()
    for number in range(12):
        page = (await api.get("/v1/events", params=asked)).json()
        items += page["items"]
        positions.add(page["as_of"])
        asked["cursor"] = page["next_cursor"]
        await write_among(api, before[number * 3], before[59 - number], 100 - number)
    assert items == before
    assert asked["cursor"] is None
    (position,) = positions
    again, _ = await walk(api, "/v1/events", {"as_of": position, "sort": "title"})
    assert again == before
    now, _ = await walk(api, "/v1/events", {"sort": "title"})
    assert len(now) == 60
    assert now != before


async def write_among(api: AsyncClient, changed: Content, deleted: Content, number: int) -> None:
    """Give one event another title, delete one and make one."""
    anyhow = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
    title = orjson.dumps({"title": f"Event 00{number}"})
    path = f"/v1/events/{changed['id']}"
    assert (await api.patch(path, content=title, headers=anyhow)).status_code == 200
    gone = await api.delete(f"/v1/events/{deleted['id']}", headers={"If-Match": "*"})
    made = await api.post("/v1/events", json=an_event(number))
    assert (gone.status_code, made.status_code) == (204, 201)


def an_event(number: int) -> Content:
    """An event whose title sorts by its number."""
    day = f"2024-06-{number % 28 + 1:02}"
    title = f"Event {number:04}"
    return {"dataset": "desk", "type": "meeting", "title": title, "date": day}


@pytest.mark.parametrize("seed", [SEED])
def test_the_history_is_the_same_for_the_same_seed(seed: int) -> None:
    """Queries that failed once, asked again."""
    one, other = write_history(seed), write_history(seed)
    assert one.steps == other.steps
    assert make_questions(seed, one, 20) == make_questions(seed, other, 20)
