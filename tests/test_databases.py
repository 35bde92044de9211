"""The databases of the tests: present, empty and separate."""

from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import create_engine, inspect

from tests.databases import PostgresServer, execute


async def test_a_database_of_its_own_is_empty(empty_postgres_url: str) -> None:
    await execute(empty_postgres_url, "CREATE TABLE only_here (n int)")


async def test_another_one_knows_nothing_of_it(empty_postgres_url: str) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        await execute(empty_postgres_url, "SELECT * FROM only_here")


async def test_a_copy_has_what_its_template_has(
    postgres_server: PostgresServer, empty_postgres_url: str
) -> None:
    await execute(empty_postgres_url, "CREATE TABLE copied (n int)")
    copy = postgres_server.create_database(template=empty_postgres_url)
    try:
        await execute(copy, "SELECT n FROM copied")
    finally:
        postgres_server.drop_database(copy)


def test_a_started_server_listens_on_loopback_alone(postgres_url: str) -> None:
    if postgres_url.startswith("postgresql://annals@"):
        assert urlsplit(postgres_url).hostname == "127.0.0.1"


def test_each_kind_gives_a_url_of_its_kind(
    empty_database_url: str, request: pytest.FixtureRequest
) -> None:
    kind = request.node.callspec.id
    assert urlsplit(empty_database_url).scheme == kind
    if kind == "sqlite":
        assert inspect(create_engine(empty_database_url)).get_table_names() == []
