"""A history put through the application, and the same questions asked of what came of it."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from httpx2 import AsyncClient, Response

from app.aggregate.engine import AggregateEngine
from app.main import create_app
from app.settings import Settings
from app.values.timestamps import format_timestamp
from tests.api.conftest import ADMIN_KEY, client_of, serving
from tests.api.questions.history import History, Step
from tests.api.questions.material import VAULT

CALLERS = ("anonymous", "granted", "admin")
ATTEMPTS = 15
NOTE = re.compile(r"\{([^}]+)\}")
COLUMNS_MADE, COLUMNS_RENEWED = 2, 5
GOOD = {"POST": {200, 201}, "PUT": {200}, "PATCH": {200}, "DELETE": {204}}


@dataclass
class Clock:
    """A clock that stands until it is set."""

    at: int = 0

    def __call__(self) -> int:
        """The time in microseconds since the epoch."""
        return self.at


@dataclass
class Played:
    """The application after a history: its callers, and the positions of the moments.

    `positions` has for each caller the position of each moment, `instants` when that was; `ids`
    are those of relations and merges, by their notes.
    """

    app: FastAPI
    clock: Clock
    callers: dict[str, AsyncClient] = field(default_factory=dict)
    positions: dict[str, list[str]] = field(default_factory=dict)
    instants: list[str] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    async def play(self, history: History) -> None:
        """Send every step, and look at the position at every moment."""
        await self._admit_callers(history.steps[0].at)
        moments = {each.after_step: each for each in history.moments}
        for number, step in enumerate(history.steps, 1):
            await self._send(step)
            if number in moments:
                await self._remember_moment(format_timestamp(moments[number].at))
                await self._keep_columns(len(self.instants))

    async def _keep_columns(self, moment: int) -> None:
        """Columns of the records as they were once, with a tail of what changed until later.

        All that changes after that must be looked up by whoever counts.
        """
        state = self.app.state.annals
        if moment == COLUMNS_MADE:
            settings = state.settings.model_copy(update={"columns_from": 0})
            state.engine = AggregateEngine(state.database, settings, state.sealer)
        if moment in {COLUMNS_MADE, COLUMNS_RENEWED}:
            await state.engine.cache.refresh()

    async def _admit_callers(self, at: int) -> None:
        self.clock.at = at
        self.callers["anonymous"] = client_of(self.app)
        self.callers["admin"] = client_of(self.app, ADMIN_KEY)
        self.positions = {caller: [] for caller in CALLERS}

    async def _grant(self) -> None:
        body = {"name": "granted", "scopes": ["read"], "datasets": [VAULT]}
        made = await self.callers["admin"].post("/v1/keys", json=body)
        self.callers["granted"] = client_of(self.app, made.json()["key"])

    async def _send(self, step: Step) -> None:
        self.clock.at = step.at
        answer = await self._request(step)
        assert answer.status_code in GOOD[step.method], (step, answer.text)
        if step.path in {"/v1/relations", "/v1/merges"}:
            self.ids[step.body["note"]] = answer.json()["id"]
        if step.path == "/v1/datasets" and step.body["slug"] == VAULT:
            await self._grant()

    async def _request(self, step: Step) -> Response:
        path = NOTE.sub(lambda note: self.ids[note[1]], step.path)
        headers = {} if step.method == "POST" else {"If-Match": "*"}
        if isinstance(step.body, list):
            body = b"\n".join(map(orjson.dumps, step.body))
            headers["Content-Type"] = "application/x-ndjson"
        else:
            body = b"" if step.body is None else orjson.dumps(step.body)
            kind = "merge-patch+json" if step.method == "PATCH" else "json"
            if step.body is not None:
                headers["Content-Type"] = f"application/{kind}"
        admin = self.callers["admin"]
        return await admin.request(step.method, path, content=body, headers=headers)

    async def _remember_moment(self, instant: str) -> None:
        self.instants.append(instant)
        for caller, client in self.callers.items():
            self.positions[caller].append(await settled_position(client, instant))


@asynccontextmanager
async def playing(url: str, folder: Path, history: History) -> AsyncIterator[Played]:
    """The application on that database, with the history in it."""
    clock = Clock()
    settings = Settings(database_url=url, spool_dir=folder / "spool")
    async with serving(create_app(settings, clock=clock)) as app:
        played = Played(app, clock)
        await played.play(history)
        yield played
        for client in played.callers.values():
            await client.aclose()


async def settled_position(client: AsyncClient, instant: str) -> str:
    """The position of an instant, once everything written by then is settled.

    Nothing is while other tests, in other databases of the same server, hold transactions open.
    """
    for _ in range(ATTEMPTS):
        answer = await client.get("/v1/events", params={"as_of": instant, "limit": 1})
        if answer.status_code == 200:
            return str(answer.json()["as_of"])
    raise AssertionError(f"{instant} was never settled")


async def walk(
    client: AsyncClient, path: str, params: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every item of a list, page by page to its end, and the pages without their items."""
    items: list[dict[str, Any]] = []
    pages: list[dict[str, Any]] = []
    asked = dict(params)
    while True:
        answer = await client.get(path, params=asked)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page.pop("items")
        pages.append(page)
        if page["next_cursor"] is None:
            return items, pages
        asked["cursor"] = page["next_cursor"]
