"""Whole answers: all events of a question, written piece by piece."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from app.db.database import Database
from app.db.statements import Row
from app.export.writer import Writer
from app.query.compile import compile_documents, compile_page
from app.query.execute import read_page
from app.query.record_query import PlannedQuery
from app.resources.events.query import EventRenderParams
from app.resources.events.rendering import is_stored_form, render_events


async def stream_events(
    database: Database, query: EventRenderParams, question: PlannedQuery, writer: Writer
) -> AsyncGenerator[bytes, None]:
    """All events as the writer writes them, in a thread if that is more than passing them on.

    Nothing comes before the database has answered.
    """
    ahead, started = writer.begin, False
    async with open_event_lines(database, query, question) as chunks:
        async for lines in chunks:
            if writer.keeps_lines:
                yield ahead + lines
            else:
                yield ahead + await asyncio.to_thread(writer.write_lines, lines, started)
            ahead, started = b"", True
    yield ahead + writer.end


@asynccontextmanager
async def open_event_lines(
    database: Database, query: EventRenderParams, question: PlannedQuery
) -> AsyncIterator[AsyncIterator[bytes]]:
    """All events as the query wants them shown, with all of their fields, as lines of JSON.

    With a limit, or resumed by a cursor, a page of them.
    """
    if "limit" in query.model_fields_set or question.after is not None:
        yield _render_page(database, query, question)
        return
    if is_stored_form(query, question):
        statement = compile_documents(question)
        async with database.lines(statement, question.binds()) as chunks:
            yield chunks
        return
    async with database.stream(compile_page(question, limited=False), question.binds()) as rows:
        yield _render_batches(database, query, question, rows)


async def _render_page(
    database: Database, query: EventRenderParams, question: PlannedQuery
) -> AsyncIterator[bytes]:
    page = await read_page(database, question, getattr(query, "limit", 1))
    documents = await render_events(database, query, question, page.rows)
    if documents:
        yield ("\n".join(documents) + "\n").encode()


async def _render_batches(
    database: Database,
    query: EventRenderParams,
    question: PlannedQuery,
    batches: AsyncIterator[list[Row]],
) -> AsyncIterator[bytes]:
    async for rows in batches:
        documents = await render_events(database, query, question, rows, whole=True)
        yield ("\n".join(documents) + "\n").encode()
