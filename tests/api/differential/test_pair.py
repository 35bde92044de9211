"""Two databases that differ in private data alone answer strangers alike, byte by byte.

Every GET of the reference with many parameters, by all kinds of callers, before and after strangers
have written and imported. ANNALS_TEST_SEED sets another seed.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from httpx2 import Response

from tests.api.desk import DATABASES
from tests.api.differential.pair import Pair, pair_of
from tests.api.differential.reading import Questions
from tests.api.differential.writing import exchange

SEED = int(os.environ.get("ANNALS_TEST_SEED", "20241129"))
QUESTIONS = int(os.environ.get("ANNALS_TEST_QUESTIONS", "250"))
MOST_PAGES = 3
SHOWN = 8


@pytest.fixture(params=DATABASES)
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    async with pair_of(request, request.param, tmp_path) as pair:
        yield pair


async def test_strangers_are_told_the_same(pair: Pair) -> None:
    await read_all(pair, SEED)
    await exchange(pair)
    await read_all(pair, SEED + 1)
    assert pair.answered > pair.asked / 3, f"{pair.answered} of {pair.asked} had an answer"
    shown = "\n\n".join(pair.differences[:SHOWN])
    assert not pair.differences, (
        f"seed {SEED}: {len(pair.differences)} of {pair.asked} answers differ:\n\n{shown}"
    )


async def read_all(pair: Pair, seed: int) -> None:
    """Ask for every path, and with parameters by chance, going on by the cursors."""
    document = pair.public.app.openapi()
    questions = Questions(document, pair.material.known, seed)
    callers = list(pair.material.callers)
    for number, target in enumerate([*questions.each_path(), *questions.some(QUESTIONS)]):
        caller = callers[number % len(callers)]
        answers = await pair.compare(caller, f"GET {target}")
        if number % 4 == 0:
            await pair.compare(caller, f"HEAD {target}")
        for _ in range(MOST_PAGES):
            cursor = cursor_of(answers[0])
            if cursor is None:
                break
            mark = "&" if "?" in target else "?"
            if pair.is_written:
                break  # each has cursors of its own
            answers = await pair.compare(caller, f"GET {target}{mark}cursor={cursor}")


def cursor_of(answer: Response) -> str | None:
    """Return the next cursor of a list; the feed always has one."""
    if answer.status_code != 200 or answer.headers["content-type"] != "application/json":
        return None
    if answer.request.url.path == "/v1/changes":
        return None
    body = orjson.loads(answer.content)
    return body.get("next_cursor") if isinstance(body, dict) else None
