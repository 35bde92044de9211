"""Lines of the database: left in the middle, and broken."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import literal_column, select

from app.db.statements import Statement
from app.models.events import event_documents
from tests.api.desk import DATABASES, Desk, open_desk


@pytest.fixture(params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """A desk of the test's own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


async def test_lines_are_let_go_in_the_middle(desk: Desk) -> None:
    dataset = await desk.dataset()
    for number in range(3):
        await desk.event(dataset, title=f"No. {number}")
    database = desk.app.state.annals.database
    statement = Statement(select(event_documents.c.document))
    for _ in range(30):
        async with database.stream_lines(statement, {}) as chunks:
            chunk = await anext(chunks)
            assert chunk.count(b"\n") == 3
            assert chunk.endswith(b"}\n")
        async with database.stream_lines(statement, {}):
            pass
    assert len(await database.fetch(statement, {})) == 3


async def test_an_error_of_the_database_is_raised(desk: Desk) -> None:
    database = desk.app.state.annals.database
    broken = Statement(select(literal_column("no_such_column").label("document")))
    with pytest.raises(Exception, match="no_such_column"):
        async with database.stream_lines(broken, {}) as chunks:
            await anext(chunks)
