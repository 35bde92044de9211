"""Whole answers: streamed, or as files made once for each question and position of the feed."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.db.database import Database
from app.db.driver_errors import translate_error
from app.errors import OutOfSpace
from app.export.file_format import FileSink
from app.export.registry import get_all_file_formats, get_file_formats
from app.query.record_query import PlannedQuery
from app.record.document import RENDERING_VERSION
from app.resources.events.dataset_citations import (
    fetch_cited_datasets,
    make_citation_links,
    pick_parameters,
)
from app.resources.events.query import EventFilters, EventQuery
from app.resources.events.rendering import make_render_options, make_writer
from app.resources.events.streaming import find_page_limit, open_event_lines, stream_events
from app.web.endpoints.as_of_reads import make_as_of_header, resolve_as_of
from app.web.http.file_response import FileRangeResponse, wants_file
from app.web.http.response_spool import spool_chunks
from app.web.http.responses import CACHING, ClosingStreamResponse, check_if_none_match
from app.web.middleware.authentication import read_client_name
from app.web.state import AppState, get_state

CACHE_FOLDER = "exports"
ABANDONED_SECONDS = 86_400
"""After which a file that nobody completed belongs to a process that died."""


@dataclass(frozen=True, slots=True)
class EventExport:
    """A whole answer: its question at a position, how it is shown, and what it says of itself."""

    query: EventQuery
    planned: PlannedQuery
    format: str
    metadata: Mapping[str, str]

    def digest(self, secret: bytes) -> str:
        """What names these very bytes: what is asked, how it is shown, when, and what is seen."""
        look = make_render_options(self.query)
        asked = [
            RENDERING_VERSION,
            self.format,
            self.planned.shape,
            sorted(self.planned.binds().items()),
            sorted(look.fields or ()),
            sorted(look.extra),
            (look.bom, look.is_safe),
            self.query.limit if "limit" in self.query.model_fields_set else None,
            sorted(self.metadata.items()),
        ]
        keyed = hashlib.blake2b(repr(asked).encode(), key=secret[:64], digest_size=16)
        return keyed.hexdigest()


async def answer_export(
    request: Request, query: EventQuery, planned: PlannedQuery, format: str
) -> Response:
    """Answer with all events at the query's position, or at the last settled one.

    A format that makes files, and a client that asks for a length or a part, gets a file; others
    a stream of the same bytes, or the cached file.
    """
    state = get_state(request)
    at = planned.as_of if planned.as_of is not None else await resolve_as_of(request, "now")
    planned = planned.pin_at(at, find_page_limit(query, planned))
    datasets = await fetch_cited_datasets(state, planned)
    metadata = _make_metadata(state, planned, _pick_filters(request), datasets)
    export = EventExport(query, planned, format, metadata)
    digest = export.digest(state.sealer.secret)
    etag = f'"{digest}"'
    known = check_if_none_match(request, etag)
    if known is not None:
        return known
    writes = get_all_file_formats()[format]
    headers = {
        "content-type": writes.media_type,
        "etag": etag,
        "accept-ranges": "bytes",
        "link": make_citation_links(request, datasets),
        **make_as_of_header(state, planned.as_of),
    }
    path = state.settings.spool_dir / CACHE_FOLDER / f"{digest}.{writes.name}"
    file = await _find_file(request, export, path)
    if file is not None:
        size = os.fstat(file.fileno()).st_size
        return FileRangeResponse(request, file, size, headers)
    return _stream_export(request, export, headers)


async def _find_file(request: Request, export: EventExport, path: Path) -> FileIO | None:
    """Open the file of an export; None where a stream of the same bytes does."""
    makes_files_only = export.format in get_file_formats()
    try:
        if makes_files_only or wants_file(request):
            return await _open_or_make_file(get_state(request), export, path)
        return await asyncio.to_thread(_open_cached, path)
    except (OSError, OutOfSpace) as error:
        is_full = isinstance(translate_error(error) or error, OutOfSpace)
        if makes_files_only or not is_full:
            raise
        # A stream needs no space, and clients that want a part may take all of it.
        return None


def _stream_export(request: Request, export: EventExport, headers: Mapping[str, str]) -> Response:
    state = get_state(request)
    writer = make_writer(export.query, export.format)
    made = stream_events(state.database, export.query, export.planned, writer)
    chunks = spool_chunks(state.spool, read_client_name(request), made)
    return ClosingStreamResponse(chunks, writer.content_type, {**CACHING, **headers})


async def _open_or_make_file(state: AppState, export: EventExport, path: Path) -> FileIO:
    """The file of an export, open; made if it is not kept."""
    async with _lock_file(path):
        file = await asyncio.to_thread(_open_cached, path)
        if file is None:
            await _make_file(state, export, path)
            file = await asyncio.to_thread(_open_cached, path)
    assert file is not None, "it was made just now"
    await asyncio.to_thread(_trim_folder, path.parent, path, state.settings.export_cache_bytes)
    return file


async def write_events_file(
    database: Database, query: EventQuery, planned: PlannedQuery, sink: FileSink
) -> AsyncIterator[int]:
    """Write all events into a file.

    Yields how many came with each step; the file is whole at the end, and given up otherwise.
    """
    try:
        async with open_event_lines(database, query, planned) as chunks:
            async for lines in chunks:
                await asyncio.to_thread(sink.add, lines)
                yield lines.count(b"\n")
    finally:
        await asyncio.to_thread(sink.close)


async def _make_file(state: AppState, export: EventExport, path: Path) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    format, look = get_all_file_formats()[export.format], make_render_options(export.query)
    try:
        sink = await asyncio.to_thread(format.open, part, look, export.metadata)
        async for _ in write_events_file(state.database, export.query, export.planned, sink):
            pass
        await asyncio.to_thread(part.replace, path)
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)


def _pick_filters(request: Request) -> str:
    """The filters and the order that were asked for."""
    return pick_parameters(request, {*EventFilters.model_fields, "sort"} - {"as_of"})


def _make_metadata(
    state: AppState, planned: PlannedQuery, asked: str, datasets: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """What the file says about itself."""
    licences = dict.fromkeys(each["licence"] for each in datasets if each["licence"])
    citations = dict.fromkeys(each["citation"] for each in datasets if each["citation"])
    return {
        "question": asked,
        "position": state.sealer.seal_position(planned.as_of or 0),
        "licence": "; ".join(licences),
        "citation": "\n".join(citations),
        "datasets": orjson.dumps(datasets).decode(),
    }


def remove_cached_exports(spool_dir: Path) -> None:
    """Remove the files that are kept there: they hold records as they were when they were made."""
    for path in (spool_dir / CACHE_FOLDER).glob("[!.]*"):
        path.unlink(missing_ok=True)


def _open_cached(path: Path) -> FileIO | None:
    try:
        file = FileIO(path)
    except FileNotFoundError:
        return None
    os.utime(path)
    return file


def _trim_folder(folder: Path, kept: Path, most_bytes: int) -> None:
    """Remove the files that were not asked for the longest, and what was never completed."""
    now, total = time.time(), 0
    found = []
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            found.append((path.stat(), path))
    for stat, path in sorted(found, key=lambda each: -each[0].st_mtime):
        total += stat.st_size
        if path.suffix == ".part":
            gone = now - stat.st_mtime > ABANDONED_SECONDS
        else:
            gone = total > most_bytes and path != kept
        if gone:
            path.unlink(missing_ok=True)


@asynccontextmanager
async def _lock_file(path: Path) -> AsyncIterator[None]:
    """One after the other for each file, so that it is made once."""
    lock = _LOCKS.setdefault(str(path), asyncio.Lock())
    async with lock:
        yield


_LOCKS: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
