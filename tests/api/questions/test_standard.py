"""The CQL2 standard's examples over our fields answer what looking at every record answers."""

from collections import Counter
from pathlib import Path

from httpx2 import AsyncClient

from tests.api.questions.naive import Naive, Question
from tests.api.questions.playing import playing
from tests.api.questions.standard import EVENTS, EXAMPLES, examples, refused, write_specimens

TELLING = 60
"""So many spellings, at the least, hold of some of the events and not of all."""


async def test_the_examples_of_the_standard(database_url: str, tmp_path: Path) -> None:
    """Each spelling of each of the 120 is answered, or refused with its reason."""
    history = write_specimens()
    naive = Naive([each.records for each in history.moments])
    wrong, found = [], Counter[str]()
    async with playing(database_url, tmp_path, history) as played:
        client = played.callers["admin"]
        for each in examples():
            question = Question("admin", {"filter": (each.filter,)})
            expected = [event["id"] for event in naive.answer(question)]
            ids = await ids_of(client, each.filter)
            if ids != expected:
                wrong.append(f"{each.name}: {each.filter}\n{ids}\nfor {len(expected)} {expected}")
            found["telling" if 0 < len(expected) < EVENTS else "all or none"] += 1
        for each in refused():
            answer = await ids_of(client, each.filter)
            if not str(answer).startswith("422 "):
                wrong.append(f"{each.name}: {each.filter}\n{answer}\nfor a refusal")
            found["refused"] += 1
    assert not wrong, "\n\n".join(wrong)
    assert found["telling"] >= TELLING, found
    assert found.total() == sum(len(forms) for forms in EXAMPLES.values())


async def ids_of(client: AsyncClient, text: str) -> list[str] | str:
    """The events that satisfy a filter, or how it was refused."""
    asked = {"filter": text, "fields": "id", "limit": "10000"}
    answer = await client.get("/v1/events", params=asked)
    if not answer.is_success:
        return f"{answer.status_code} {answer.json()['errors'][0]['detail']}"
    return [each["id"] for each in answer.json()["items"]]
