"""The migrations: up, down and up again on a database that is in use; the models are the schema."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select

from app.db.ddl import is_comparable
from app.db.migrations import (
    MIGRATIONS,
    downgrade,
    find_current_revision,
    find_newest_revision,
    run_on_schema,
    upgrade,
)
from app.main import create_app
from app.models.actors import actor_codes, actor_names, actors
from app.models.changes import changes
from app.models.datasets import datasets
from app.models.names import former_slugs
from app.models.schema import metadata
from app.models.sources import sources
from app.settings import Settings
from tests.api.conftest import prepare, serving
from tests.api.desk import Desk


def beside(work: Any, *given: Any) -> Any:
    """Run what has an event loop of its own, from within one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work, *given).result()


@pytest.fixture
async def populated(empty_database_url: str, tmp_path: Path) -> str:
    """The URL of a database in use: every kind of record, changed, deleted and restored."""
    beside(prepare, empty_database_url)
    settings = Settings(database_url=empty_database_url, spool_dir=tmp_path / "spool")
    async with serving(create_app(settings)) as app:
        desk = Desk(app)
        await use(desk)
        await desk.close()
    return empty_database_url


async def use(desk: Desk) -> None:
    """Some of everything that can be done."""
    dataset, person = await desk.dataset("private"), await desk.actor()
    first = await desk.event(
        dataset,
        participants=[{"actor": person, "for": "PRK", "role": "host"}],
        location={"precision": "city", "longitude": 125.75, "latitude": 39.03},
        fatalities={"best": 3},
        tags=["a"],
        codes={"cameo": "042"},
    )
    second = await desk.event(dataset, external_id="one", date="2023~")
    claim = await desk.claim(first, external_id="one")
    await desk.relation(first, second)
    await desk.relation(first, await desk.event(dataset), "enables")
    await desk.change(f"PATCH /v1/claims/{claim['id']}", {"stance": "denies"})
    await desk.change(f"PATCH /v1/actors/{person}", {"name": "Renamed"})
    await desk.change(f"DELETE /v1/events/{first['id']}")
    await desk.change(f"POST /v1/events/{first['id']}/restore")
    await desk.change(f"DELETE /v1/events/{second['id']}")
    same = [(await desk.event(dataset))["id"] for _ in range(3)]
    await desk.make("/v1/merges", {"winner": same[1], "losers": [same[0]]})
    merge = await desk.make("/v1/merges", {"winner": same[2], "losers": [same[1]]})
    await desk.change(f"POST /v1/merges/{merge['id']}/undo")
    await desk.change(f"PATCH /v1/datasets/{dataset}", {"version": "2"})
    for noun, made in (("actors", desk.actor), ("sources", desk.source)):
        slugs = [await made() for _ in range(3)]
        for slug, into in pairwise(slugs):
            await desk.change(f"POST /v1/{noun}/{slug}/merge", {"into": into})
    coded = await desk.actor(codes={"wikidata": "Q1"})
    await desk.change(f"DELETE /v1/actors/{coded}")
    await desk.key("read", datasets=[dataset])
    await desk.make("/v1/questions", {"title": "All", "query": ""})


def differences(connection: Connection) -> list[Any]:
    """Return the changes that autogeneration would still migrate."""
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "include_object": lambda _object, name, *_: is_comparable(name, connection),
        },
    )
    return list(compare_metadata(context, metadata))


def tables(connection: Connection) -> set[str]:
    """The tables that are there."""
    return set(inspect(connection).get_table_names())


def rows(connection: Connection) -> dict[str, int]:
    """Count the rows of each table."""
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in metadata.tables.values()
    }


async def test_up_down_and_up_on_a_database_in_use(populated: str) -> None:
    before = beside(run_on_schema, populated, rows)
    unused = {"imports", "import_findings", "import_slugs", "source_rows", "claim_rows"}
    unused |= {"import_removals", "rerenderings"}
    assert [name for name, count in before.items() if not count and name not in unused] == []
    beside(run_on_schema, populated, upgrade)
    assert beside(run_on_schema, populated, rows) == before, "nothing was left to do"
    beside(run_on_schema, populated, downgrade)
    assert beside(run_on_schema, populated, tables) <= {"alembic_version"}
    assert beside(run_on_schema, populated, find_current_revision) is None
    beside(run_on_schema, populated, upgrade)
    assert beside(run_on_schema, populated, find_current_revision) == find_newest_revision()
    assert {name for name, count in beside(run_on_schema, populated, rows).items() if count} == {
        "feed"
    }


async def test_who_was_there_before_there_was_a_past_has_stood_always(populated: str) -> None:
    def positions(connection: Connection) -> set[int]:
        tables = (actors, actor_names, actor_codes, sources, datasets)
        return {at for table in tables for at in connection.scalars(select(table.c.from_position))}

    def merged(connection: Connection) -> list[bool]:
        by_then = select(func.max(changes.c.position)).where(
            changes.c.at <= former_slugs.c.merged_at
        )
        last = by_then.correlate(former_slugs).scalar_subquery()
        return list(connection.scalars(select(former_slugs.c.from_position == last)))

    beside(run_on_schema, populated, partial(downgrade, revision="0007"))
    beside(run_on_schema, populated, upgrade)
    assert beside(run_on_schema, populated, positions) == {0}
    assert beside(run_on_schema, populated, merged) == [True] * 4, "from the last change before"


async def test_after_down_and_up_it_is_served_again(populated: str, tmp_path: Path) -> None:
    beside(run_on_schema, populated, downgrade)
    beside(prepare, populated)
    settings = Settings(database_url=populated, spool_dir=tmp_path / "again")
    async with serving(create_app(settings)) as app:
        desk = Desk(app)
        await use(desk)
        assert (await desk.get("/v1/count"))["value"] == 4
        await desk.close()


def test_the_models_are_the_schema(empty_database_url: str) -> None:
    run_on_schema(empty_database_url, upgrade)
    assert run_on_schema(empty_database_url, differences) == []
    names = run_on_schema(empty_database_url, tables)
    assert set(metadata.tables) <= names


def test_each_step_goes_up_and_down(empty_database_url: str) -> None:
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    revisions = [script.revision for script in scripts][::-1]
    for revision in revisions:
        run_on_schema(empty_database_url, partial(upgrade, revision=revision))
    for revision in [*revisions[:-1][::-1], "base"]:
        run_on_schema(empty_database_url, partial(downgrade, revision=revision))
    assert run_on_schema(empty_database_url, tables) <= {"alembic_version"}
