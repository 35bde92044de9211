"""The way of a warm request through the code: the files that it enters, and their calls."""

import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.api.conftest import ADMIN_KEY
from tests.api.desk import Desk, a_meeting, open_desk
from tests.source import ROOT

APP = f"{ROOT}/app/"


MOST_FILES = 20
"""Files of `app/` that a warm page of events enters."""

MOST_BY_ID = (15, 62)
"""Files and calls of a warm read by id."""

MOST_BY_POST = (50, 319)
"""Files and calls of a second POST of an event."""


class Walk:
    """The calls of a request into `app/`, each the files of the caller and of the function."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.is_recording = False

    def profile(self, frame: FrameType, event: str, arg: Any) -> None:
        """Record a call; this is the profiler of every thread of the test."""
        del arg
        path = frame.f_code.co_filename
        if self.is_recording and event == "call" and path.startswith(APP):
            caller = frame.f_back
            began = caller.f_code.co_filename if caller is not None else ""
            self.calls.append((began.removeprefix(APP), path.removeprefix(APP)))

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Record the calls within."""
        self.calls.clear()
        self.is_recording = True
        sys.setprofile(self.profile)
        try:
            yield
        finally:
            sys.setprofile(None)
            self.is_recording = False

    @property
    def files(self) -> list[str]:
        """The files that were entered, in the order of their first call."""
        return list(dict.fromkeys(path for _, path in self.calls))


@pytest.fixture
def walk() -> Iterator[Walk]:
    """A recorder in every thread that the application starts."""
    walk = Walk()
    threading.setprofile(walk.profile)
    yield walk
    threading.setprofile(None)


@pytest.fixture(params=["sqlite"])
async def desk(walk: Walk, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with more events in one country than a page has."""
    del walk
    async with open_desk(request, tmp_path) as opened:
        dataset = await opened.dataset(slug="desk")
        place = {"name": "Pyongyang", "country": "PRK", "precision": "country"}
        for _ in range(60):
            await opened.event(dataset, location=place)
        yield opened


async def record(walk: Walk, desk: Desk, line: str, body: object = None) -> tuple[int, int]:
    """Ask twice for warmth, then record; return the number of files and of calls."""
    key = ADMIN_KEY if body is not None else None
    for _ in range(2):
        await desk.ask(line, body, key=key)
    with walk.recorded():
        answer = await desk.ask(line, body, key=key)
    assert answer.status_code in {200, 201}
    return len(walk.files), len(walk.calls)


async def test_a_page_is_a_short_way_down(walk: Walk, desk: Desk) -> None:
    files, _ = await record(walk, desk, "GET /v1/events?country=PRK&limit=50")
    assert files <= MOST_FILES, walk.files
    into_resources = {
        (began, path)
        for began, path in walk.calls
        if path.startswith("resources/") and not began.startswith("resources/")
    }
    # Only the route calls its handler: nothing below climbs back up.
    assert into_resources == {("web/routing/query_route.py", "resources/events/routes.py")}


async def test_a_read_by_id_stays_short(walk: Walk, desk: Desk) -> None:
    (event, *_) = await desk.items("/v1/events?limit=1")
    files, calls = await record(walk, desk, f"GET /v1/events/{event['id']}")
    assert (files <= MOST_BY_ID[0], calls <= MOST_BY_ID[1]) == (True, True), walk.files


async def test_a_write_stays_short(walk: Walk, desk: Desk) -> None:
    files, calls = await record(walk, desk, "POST /v1/events", a_meeting("desk"))
    assert (files <= MOST_BY_POST[0], calls <= MOST_BY_POST[1]) == (True, True), walk.files
