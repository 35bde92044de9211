"""Two databases that differ in private data only, and the answers of each to strangers.

The public records are made once and copied, so that ids, instants and secrets are the same; the
private ones are then written into one of the two.
"""

import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from shutil import copy

import pytest
from httpx2 import Response

from app.main import create_app
from app.settings import Settings
from tests.api.conftest import serving
from tests.api.desk import Desk, database_of
from tests.api.differential.material import Material, make_private, make_public
from tests.api.differential.telling import Ears, difference_of
from tests.databases import PostgresServer

HOUR = 3_600_000_000
NAMED = r"(?<![a-z-])(?<!\Wq=)(?<!name=)(?<!text=){}(?![a-z-])"
"""A slug where it names a record, and is not a word that is looked for."""


@dataclass
class Pair:
    """The desk that holds public records alone, and the one that holds private ones as well."""

    public: Desk
    shadowed: Desk
    material: Material
    asked: int = 0
    answered: int = 0
    differences: list[str] = field(default_factory=list)
    ears: tuple[Ears, Ears] = field(default_factory=lambda: (Ears(), Ears()))

    @property
    def desks(self) -> tuple[Desk, Desk]:
        """Both."""
        return self.public, self.shadowed

    @property
    def is_written(self) -> bool:
        """Return whether strangers have written."""
        return self.ears[0].is_written

    def begin_writing(self) -> None:
        """From now on each database makes ids and positions of its own."""
        heard = self.ears[0].heard
        self.ears = (Ears(heard=heard, is_written=True), Ears(heard=heard, is_written=True))

    def name_taken(self, taken: dict[str, str]) -> None:
        """Let hidden slugs mean the records that an import made beside them."""
        self.ears[1].taken.update(taken)

    async def send(
        self, caller: str, line: str, body: object = None, **headers: str
    ) -> tuple[Response, Response]:
        """Ask both the same."""
        meant = line
        for slug, made in self.ears[1].taken.items():
            meant = re.sub(NAMED.format(slug), made, meant)
        return await self.send_each(caller, (line, meant), body, **headers)

    async def send_each(
        self, caller: str, lines: tuple[str, str], body: object = None, **headers: str
    ) -> tuple[Response, Response]:
        """Ask each by a line of its own: what it made has ids of its own."""
        key = self.material.callers[caller]
        return (
            await self.public.ask(lines[0], body, key=key, **headers),
            await self.shadowed.ask(lines[1], body, key=key, **headers),
        )

    async def compare(
        self, caller: str, line: str, body: object = None, **headers: str
    ) -> tuple[Response, Response]:
        """Ask both the same, and note where they tell different things."""
        answers = await self.send(caller, line, body, **headers)
        self.listen(f"{caller}: {line} {body or ''}", answers)
        return answers

    def listen(self, asked: str, answers: tuple[Response, Response]) -> None:
        """Note where two answers tell different things."""
        self.asked += 1
        self.answered += answers[0].status_code == 200
        one, other = (ears.hear(answer) for ears, answer in zip(self.ears, answers, strict=True))
        if differs := difference_of(one, other):
            self.differences.append(f"{asked}\n{differs}")


@asynccontextmanager
async def pair_of(request: pytest.FixtureRequest, kind: str, folder: Path) -> AsyncIterator[Pair]:
    """Both, started up, on databases of one kind."""
    now = time.time_ns() // 1000
    ticks = count(now - HOUR, 1_000_000)
    (folder / "public").mkdir()
    (folder / "shadowed").mkdir()
    async with AsyncExitStack() as stack:
        url = stack.enter_context(database_of(request, folder / "public", kind))
        async with opened(url, folder / "public", lambda: next(ticks)) as desk:
            material = await make_public(desk)
        other = stack.enter_context(copy_of(request, url, folder / "shadowed", kind))
        shadowed = await stack.enter_async_context(opened(other, folder / "shadowed", lambda: now))
        await make_private(shadowed, material)
        public = await stack.enter_async_context(opened(url, folder / "public", lambda: now))
        yield Pair(public, shadowed, material)


@asynccontextmanager
async def opened(url: str, folder: Path, clock: Callable[[], int]) -> AsyncIterator[Desk]:
    """A desk on a database that is there."""
    settings = Settings(database_url=url, spool_dir=folder / "spool")
    async with serving(create_app(settings, clock)) as app:
        desk = Desk(app)
        yield desk
        await desk.settle()
        await desk.close()


@contextmanager
def copy_of(request: pytest.FixtureRequest, url: str, folder: Path, kind: str) -> Iterator[str]:
    """The URL of a copy of a database that nobody has open."""
    if kind == "sqlite":
        yield f"sqlite:///{copy(url.removeprefix('sqlite:///'), folder / 'annals.db')}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    copied = server.create_database(template=url)
    yield copied
    server.drop_database(copied)
