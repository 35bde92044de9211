"""Streaming of all events of a query, chunk by chunk."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from app.db.database import Database
from app.db.statements import Row
from app.export.writer import Writer
from app.query.execute import fetch_page, stream_lines, stream_rows
from app.query.record_query import PlannedQuery, RecordQuery
from app.resources.events.query import EventRenderParams
from app.resources.events.rendering import is_stored_form, render_events


def find_page_limit(query: EventRenderParams, asked: RecordQuery | PlannedQuery) -> int | None:
    """Return the size of the requested page; None for the whole answer."""
    if "limit" not in query.model_fields_set and asked.after is None:
        return None
    return getattr(query, "limit", 1)


async def stream_events(
    database: Database, query: EventRenderParams, planned: PlannedQuery, writer: Writer
) -> AsyncGenerator[bytes, None]:
    """Yield all events as the writer writes them, in a thread unless lines are passed on.

    The first chunk comes only after the database has answered.
    """
    ahead, started = writer.begin, False
    async with open_event_lines(database, query, planned) as chunks:
        async for lines in chunks:
            if writer.keeps_lines:
                yield ahead + lines
            else:
                yield ahead + await asyncio.to_thread(writer.write_lines, lines, started)
            ahead, started = b"", True
    yield ahead + writer.end


@asynccontextmanager
async def open_event_lines(
    database: Database, query: EventRenderParams, planned: PlannedQuery
) -> AsyncIterator[AsyncIterator[bytes]]:
    """Open all events, rendered as the parameters ask, with all fields, as lines of JSON.

    For a query that was planned with a limit, open only that page.
    """
    if planned.limit is not None:
        yield _render_page(database, query, planned)
        return
    if is_stored_form(query, planned):
        async with stream_lines(database, planned) as chunks:
            yield chunks
        return
    async with stream_rows(database, planned) as rows:
        yield _render_batches(database, query, planned, rows)


async def _render_page(
    database: Database, query: EventRenderParams, planned: PlannedQuery
) -> AsyncIterator[bytes]:
    page = await fetch_page(database, planned)
    documents = await render_events(database, query, planned, page.rows)
    if documents:
        yield ("\n".join(documents) + "\n").encode()


async def _render_batches(
    database: Database,
    query: EventRenderParams,
    planned: PlannedQuery,
    batches: AsyncIterator[list[Row]],
) -> AsyncIterator[bytes]:
    async for rows in batches:
        documents = await render_events(database, query, planned, rows, whole=True)
        yield ("\n".join(documents) + "\n").encode()
