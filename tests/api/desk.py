"""A desk at work: the whole application with short ways to make records and to ask for them."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from shutil import copy
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from sqlalchemy import select

from app.db.database import Database
from app.db.sql.feed_sql import first_unsettled_position, first_unstarted_position
from app.db.statements import Statement
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import ADMIN_KEY, client_of, serving
from tests.databases import PostgresServer
from tests.waiting import until

Record = dict[str, Any]

DATABASES = ("sqlite", "postgresql")
BOUNDS = Statement(
    select(first_unsettled_position().label("settled"), first_unstarted_position().label("started"))
)
MERGE_PATCH = "application/merge-patch+json"


async def all_settled(database: Database) -> None:
    """Wait until all that was written to a database is settled.

    The transactions of all databases on a PostgreSQL server hold the feed back, also those of the
    tests that run beside this one.
    """
    ((_, started),) = await database.fetch(BOUNDS, {})

    async def is_settled() -> bool:
        ((settled, _),) = await database.fetch(BOUNDS, {})
        return bool(settled >= started)

    await until(is_settled)


class Desk:
    """One application on one database; what is made here has a name of its own each time."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._clients: dict[str | None, AsyncClient] = {}
        self._numbers = count(1)

    async def ask(
        self, line: str, body: object = None, *, key: str | None = ADMIN_KEY, **headers: str
    ) -> Response:
        """Send `METHOD path`; a change is meant for any revision unless `if_match` says."""
        method, target = line.split(" ", 1)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if method in {"PUT", "PATCH", "DELETE"}:
            sent.setdefault("if-match", "*")
            if sent["if-match"] == "none":
                del sent["if-match"]
        content = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        if content is not None:
            usual = MERGE_PATCH if method == "PATCH" else "application/json"
            sent.setdefault("content-type", usual)
        client = self._clients.setdefault(key, client_of(self.app, key))
        return await client.request(method, target, headers=sent, content=content)

    async def get(self, target: str, *, key: str | None = ADMIN_KEY) -> Any:
        """The JSON of an answer that must be 200."""
        answer = await self.ask(f"GET {target}", key=key)
        assert answer.status_code == 200, (target, answer.text)
        return answer.json()

    async def items(self, target: str, *, key: str | None = ADMIN_KEY) -> list[Record]:
        """The items of a list that must be 200."""
        found: list[Record] = (await self.get(target, key=key))["items"]
        return found

    async def make(self, target: str, body: object) -> Record:
        """A new record, which must be made."""
        answer = await self.ask(f"POST {target}", body)
        assert answer.status_code == 201, (target, answer.text)
        made: Record = answer.json()
        return made

    async def change(self, line: str, body: object = None) -> Record:
        """Change a record, assert success and return the new record; None after a deletion."""
        answer = await self.ask(line, body)
        assert answer.status_code in {200, 204}, (line, answer.text)
        changed: Record = answer.json() if answer.content else {}
        return changed

    def name(self, begin: str) -> str:
        """A slug that was not used before."""
        return f"{begin}-{next(self._numbers)}"

    async def dataset(self, visibility: str = "public", slug: str | None = None) -> str:
        """A new dataset; its slug."""
        slug = slug or self.name("desk")
        await self.make("/v1/datasets", {"slug": slug, "title": slug, "visibility": visibility})
        return slug

    async def source(self, slug: str | None = None, **content: Any) -> str:
        """A new source, of reliability B unless said otherwise; its slug."""
        slug = slug or self.name("source")
        body = {"slug": slug, "kind": "newspaper", "name": slug, "reliability": "B", **content}
        await self.make("/v1/sources", body)
        return slug

    async def actor(self, slug: str | None = None, **content: Any) -> str:
        """A new person; its slug."""
        slug = slug or self.name("person")
        await self.make("/v1/actors", {"slug": slug, "kind": "person", "name": slug, **content})
        return slug

    async def event(self, dataset: str | None = None, **content: Any) -> Record:
        """A new event: a meeting at which nobody takes part, unless said otherwise."""
        dataset = dataset or await self.dataset()
        return await self.make("/v1/events", a_meeting(dataset, **content))

    async def claim(self, event: Record, source: str | None = None, **content: Any) -> Record:
        """A new claim that affirms the event, by a source of its own unless one is named."""
        body = a_claim(source or await self.source(), **content)
        return await self.make(f"/v1/events/{event['id']}/claims", body)

    async def relation(self, first: Record, second: Record, type: str = "follows") -> Record:
        """A new relation that leads from the first event to the second."""
        body = {"from": first["id"], "to": second["id"], "type": type}
        return await self.make("/v1/relations", body)

    async def key(self, *scopes: str, datasets: Sequence[str] | None = ()) -> str:
        """A new key with these scopes that is held to these datasets, None for all; the token."""
        held = None if datasets is None else list(datasets)
        body = {"name": self.name("key"), "scopes": list(scopes), "datasets": held}
        token: str = (await self.make("/v1/keys", body))["key"]
        return token

    async def settle(self) -> None:
        """Wait until all that was written is settled."""
        await all_settled(self.app.state.annals.database)

    async def close(self) -> None:
        """Close every client."""
        for client in self._clients.values():
            await client.aclose()


def a_meeting(dataset: str, **content: Any) -> Record:
    """The body of a request that records a plain event."""
    return {
        "dataset": dataset,
        "type": "meeting",
        "title": "A meeting",
        "date": "2024-06-18",
        **content,
    }


def a_claim(source: str, **content: Any) -> Record:
    """The body of a request that records a plain claim."""
    return {
        "stance": "affirms",
        "source": source,
        "made_on": "2024-06-18",
        "paraphrase": "They met.",
        "basis": "media-report",
        **content,
    }


def faults(answer: Response) -> list[Record]:
    """The single faults of a problem document."""
    assert answer.headers["content-type"] == "application/problem+json"
    found: list[Record] = answer.json().get("errors", [])
    return found


@asynccontextmanager
async def open_desk(
    request: pytest.FixtureRequest, folder: Path, **options: Any
) -> AsyncIterator[Desk]:
    """A desk on a database of its own, of the kind that the fixture's parameter names."""
    kind: str = request.param
    with database_of(request, folder, kind) as url:
        settings = Settings(database_url=url, spool_dir=folder / "spool")
        async with serving(create_app(settings, **options)) as app:
            desk = Desk(app)
            yield desk
            await desk.close()


@contextmanager
def database_of(request: pytest.FixtureRequest, folder: Path, kind: str) -> Iterator[str]:
    """The URL of a new database that is ready to be served."""
    if kind == "sqlite":
        yield f"sqlite:///{copy(request.getfixturevalue('prepared_sqlite'), folder / 'annals.db')}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create_database(request.getfixturevalue("prepared_postgres"))
    yield url
    server.drop_database(url)
