"""`annals migrate`: from nothing, again, and two at once."""

import pytest
from sqlalchemy import Connection, func, select, text

from app.db.migrations import check_server, find_newest_revision, run_on_schema
from app.errors import Misconfigured
from app.models.actors import actors
from app.models.datasets import event_types
from app.models.keys import secrets
from app.vocab.event_types import EVENT_TYPES
from tests.cli.conftest import Annals, started

TABLES = (actors, event_types, secrets)


def counts(connection: Connection) -> list[int]:
    return [connection.scalar(select(func.count()).select_from(each)) or 0 for each in TABLES]


def from_the_future(connection: Connection) -> None:
    connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))


def test_it_makes_the_schema_and_the_vocabulary_once(
    annals: Annals, empty_database_url: str
) -> None:
    first = annals("migrate")
    assert (first.code, first.err) == (0, "")
    assert f"schema: at {find_newest_revision()}, was empty" in first.out
    found = run_on_schema(empty_database_url, counts)
    assert found[0] > 200
    assert found[1:] == [len(EVENT_TYPES), 1]
    again = annals("migrate")
    assert f"schema: at {find_newest_revision()}\n" in again.out
    assert run_on_schema(empty_database_url, counts) == found


def test_two_at_once_take_turns(empty_database_url: str) -> None:
    with started(empty_database_url, "migrate") as processes:
        said = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert sum("was empty" in out for out, _ in said) == 1
    assert run_on_schema(empty_database_url, counts)[1:] == [len(EVENT_TYPES), 1]


@pytest.mark.parametrize("line", ["migrate", "export", "serve"])
def test_a_newer_schema_is_left_alone(annals: Annals, empty_database_url: str, line: str) -> None:
    annals("migrate")
    run_on_schema(empty_database_url, from_the_future)
    ended = annals(line)
    assert ended.code == 1
    assert "is at schema 9999, which this program does not know" in ended.err


@pytest.mark.parametrize("version", [(14, 12), (9, 6, 24)])
def test_an_old_server_is_refused(version: tuple[int, ...]) -> None:
    with pytest.raises(Misconfigured, match="PostgreSQL 15 or newer, not"):
        check_server(version)


@pytest.mark.parametrize("version", [(15,), (15, 0), (18, 4)])
def test_a_new_server_is_taken(version: tuple[int, ...]) -> None:
    check_server(version)
