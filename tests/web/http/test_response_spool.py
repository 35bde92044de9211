"""Spools: nothing is lost, nothing grows without bound, and nothing is left."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from random import Random

import pytest

from app.errors import AnnalsError, TooManyRequests, Unavailable
from app.web.http.response_spool import SpoolSpace, spool_chunks
from tests.waiting import until

CHUNK = b"x" * 262_144
LARGE = 100_000_000


class Source:
    """Chunks of random sizes, which may pause, and a flag that is set when they are closed."""

    def __init__(self, dice: Random, number: int) -> None:
        self._dice = dice
        self.chunks = [dice.randbytes(dice.randrange(1, 300_000)) for _ in range(number)]
        self.given = 0
        self.is_closed = False

    async def chunks_in_time(self) -> AsyncGenerator[bytes, None]:
        try:
            for chunk in self.chunks:
                for _ in range(self._dice.randrange(3)):
                    await asyncio.sleep(0)
                self.given += 1
                yield chunk
        finally:
            self.is_closed = True


def is_refused(space: SpoolSpace, caller: str) -> bool:
    try:
        space.admit(caller)
    except (TooManyRequests, Unavailable):
        return True
    return False


def open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


async def hurry(number: int) -> AsyncGenerator[bytes, None]:
    for _ in range(number):
        yield CHUNK


@pytest.mark.parametrize("seed", range(8))
async def test_what_goes_in_comes_out(tmp_path: Path, seed: int) -> None:
    dice = Random(seed)
    space = SpoolSpace(tmp_path, most=LARGE, share=dice.choice([1, 400_000, LARGE]))
    source = Source(dice, 120)
    taken = bytearray()
    async for chunk in spool_chunks(space, "a", source.chunks_in_time()):
        taken += chunk
        if dice.random() < 0.3:
            await asyncio.sleep(0.002)
    assert bytes(taken) == b"".join(source.chunks)
    assert source.is_closed
    assert space.held == 0


async def test_the_source_is_let_go_of_before_its_client_has_taken_all(tmp_path: Path) -> None:
    space = SpoolSpace(tmp_path, most=LARGE, share=LARGE)
    source = Source(Random(1), 100)
    async with aclosing(spool_chunks(space, "a", source.chunks_in_time())) as chunks:
        taken = await anext(chunks)
        await until(lambda: source.is_closed)
        assert space.held > 1_000_000
        assert list((tmp_path / "streams").iterdir()) == [], "the files have no name"
        async for chunk in chunks:
            taken += chunk
    assert taken == b"".join(source.chunks)
    assert space.held == 0


async def test_a_spool_that_may_not_grow_waits_for_its_client(tmp_path: Path) -> None:
    space = SpoolSpace(tmp_path, most=LARGE, share=120_000)
    source = Source(Random(2), 100)
    async with aclosing(spool_chunks(space, "a", source.chunks_in_time())) as chunks:
        taken = await anext(chunks)
        async for chunk in chunks:
            assert space.held <= 120_000
            taken += chunk
    assert taken == b"".join(source.chunks)


@pytest.mark.parametrize("wrong", [TooManyRequests, Unavailable])
async def test_there_is_no_room_for_more(tmp_path: Path, wrong: type[AnnalsError]) -> None:
    room = 3 * len(CHUNK)
    share = room if wrong is TooManyRequests else LARGE
    space = SpoolSpace(tmp_path, most=room if wrong is Unavailable else LARGE, share=share)
    async with aclosing(spool_chunks(space, "a", hurry(9))) as slow:
        await anext(slow)
        await until(lambda: is_refused(space, "a"))
        assert space.held == room
        with pytest.raises(wrong) as refused:
            await anext(spool_chunks(space, "a", hurry(1)))
        assert refused.value.headers["Retry-After"] == "30"
        if wrong is TooManyRequests:
            assert await anext(spool_chunks(space, "b", hurry(1))) == CHUNK
    assert await anext(spool_chunks(space, "a", hurry(1))) == CHUNK


@pytest.mark.parametrize("seed", range(10))
async def test_a_client_may_leave_at_any_time(tmp_path: Path, seed: int) -> None:
    dice = Random(seed)
    space = SpoolSpace(tmp_path, most=LARGE, share=dice.choice([300_000, LARGE]))
    source = Source(dice, 100)
    before = open_files()
    async with aclosing(spool_chunks(space, "a", source.chunks_in_time())) as chunks:
        for _ in range(dice.randrange(1, 60)):
            await anext(chunks, b"")
    assert source.is_closed
    assert space.held == 0
    assert open_files() == before


async def test_a_full_disk_is_as_good_as_no_room(tmp_path: Path) -> None:
    (tmp_path / "streams").write_text("no folder: nothing can be written here")
    space = SpoolSpace(tmp_path, most=LARGE, share=LARGE)
    source = Source(Random(3), 60)
    taken = b"".join([chunk async for chunk in spool_chunks(space, "a", source.chunks_in_time())])
    assert taken == b"".join(source.chunks)
    assert space.held == 0


async def test_what_goes_wrong_is_told_after_what_went_before(tmp_path: Path) -> None:
    async def broken() -> AsyncGenerator[bytes, None]:
        for _ in range(20):
            yield CHUNK
        raise LookupError("the database is gone")

    chunks = spool_chunks(SpoolSpace(tmp_path, most=LARGE, share=LARGE), "a", broken())
    for _ in range(4):
        assert await anext(chunks)
    with pytest.raises(LookupError):
        _ = [chunk async for chunk in chunks]
