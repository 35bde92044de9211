"""The source rows of an imported claim: of its event, and of mentions of the event."""

from collections.abc import AsyncIterator

import pytest

from tests.api.desk import DATABASES, Desk, Record, faults, open_desk
from tests.api.specimens import ended
from tests.ingest.gdelt_rows import POLICE, event_row, mention_row, text_of

MENTIONED = [mention_row(SentenceID=sentence) for sentence in ("5", "6", "7")]


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """Yield a desk with one event of GDELT and three mentions of it in one article."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        await take_in(desk, "gdelt-events", event_row())
        await take_in(desk, "gdelt-mentions", *MENTIONED)
        yield desk


async def take_in(desk: Desk, format: str, *rows: dict[str, str]) -> None:
    """Import rows, and wait until the import is done."""
    answer = await desk.ask(f"POST /v1/imports?format={format}", text_of(*rows).encode())
    assert answer.status_code == 202, answer.text
    await ended(desk, answer.headers["location"])
    job = await desk.get(answer.headers["location"])
    assert (job["status"], job["rows"]["rejected"]) == ("done", 0), job


async def the_claim(desk: Desk) -> Record:
    (claim,) = await desk.items(f"/v1/claims?event={(await the_event(desk))['id']}")
    return claim


async def the_event(desk: Desk) -> Record:
    (event,) = await desk.items(f"/v1/events?external_id={POLICE}")
    return event


async def test_the_rows_of_a_claim_are_those_of_its_mentions_and_of_its_event(desk: Desk) -> None:
    path = f"/v1/claims/{(await the_claim(desk))['id']}/source-rows"
    page = await desk.get(f"{path}?count=exact", key=None)
    assert (page["count"], page["next_cursor"]) == ({"value": 4, "kind": "exact"}, None)
    by_format: dict[str, list[Record]] = {"gdelt-events": [], "gdelt-mentions": []}
    for each in page["items"]:
        by_format[each["format"]].append(each)
    (own,) = by_format["gdelt-events"]
    assert own == await desk.get(f"/v1/events/{own['event']}/source-row")
    told = sorted((each["row"] for each in by_format["gdelt-mentions"]), key=str)
    assert told == sorted(MENTIONED, key=str)
    assert {each["event"] for each in page["items"]} == {own["event"]}


async def test_the_rows_of_a_claim_are_walked_page_by_page(desk: Desk) -> None:
    path = f"/v1/claims/{(await the_claim(desk))['id']}/source-rows"
    walked, target = [], f"{path}?limit=3"
    while target:
        page = await desk.get(target)
        walked += page["items"]
        cursor = page["next_cursor"]
        target = cursor and f"{path}?limit=3&cursor={cursor}"
    assert walked == await desk.items(path)
    (first, second) = [await desk.ask(f"GET {path}?limit={limit}") for limit in (3, 4)]
    assert (first.headers["link"].endswith('rel="next"'), "link" in second.headers) == (True, False)
    known = await desk.ask(f"GET {path}?limit=3", if_none_match=first.headers["etag"])
    assert known.status_code == 304


async def test_a_claim_recorded_by_hand_has_no_rows(desk: Desk) -> None:
    claim = await desk.claim(await desk.event())
    assert await desk.items(f"/v1/claims/{claim['id']}/source-rows") == []
    by_hand = await desk.claim(await the_event(desk), origin=None)
    assert await desk.items(f"/v1/claims/{by_hand['id']}/source-rows") == []
    await desk.change(f"DELETE /v1/claims/{by_hand['id']}")
    answer = await desk.ask(f"GET /v1/claims/{by_hand['id']}/source-rows")
    assert answer.status_code == 410


async def test_rows_have_no_past(desk: Desk) -> None:
    path = f"/v1/claims/{(await the_claim(desk))['id']}/source-rows"
    answer = await desk.ask(f"GET {path}?as_of=now")
    assert (answer.status_code, faults(answer)[0]["parameter"]) == (422, "as_of")


async def test_rows_have_the_visibility_of_their_dataset(desk: Desk) -> None:
    claim = await the_claim(desk)
    path = f"/v1/claims/{claim['id']}/source-rows"
    for visibility, status in (("private", 404), ("public", 200)):
        await desk.change("PATCH /v1/datasets/gdelt", {"visibility": visibility})
        assert (await desk.ask(f"GET {path}", key=None)).status_code == status
        assert len(await desk.items(path)) == 4
