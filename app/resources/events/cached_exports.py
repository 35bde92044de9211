"""Exports of whole answers: streamed, or as files cached for each query and feed position."""

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
"""The age after which an incomplete file must belong to a process that died."""


@dataclass(frozen=True, slots=True)
class EventExport:
    """A whole answer: its query at a position, its rendering and the metadata of its file."""

    query: EventQuery
    planned: PlannedQuery
    format: str
    metadata: Mapping[str, str]

    def digest(self, secret: bytes) -> str:
        """Return the name of the bytes: a hash of query, rendering, position and visibility."""
        options = make_render_options(self.query)
        parts = [
            RENDERING_VERSION,
            self.format,
            self.planned.shape,
            sorted(self.planned.binds().items()),
            sorted(options.fields or ()),
            sorted(options.extra),
            (options.bom, options.is_safe),
            self.query.limit if "limit" in self.query.model_fields_set else None,
            sorted(self.metadata.items()),
        ]
        keyed = hashlib.blake2b(repr(parts).encode(), key=secret[:64], digest_size=16)
        return keyed.hexdigest()


async def answer_export(
    request: Request, query: EventQuery, planned: PlannedQuery, format: str
) -> Response:
    """Answer with all events at the query's position, or at the last settled one.

    A format that makes files gets a file, and so does a client that asks for the length or for a
    part. Others get a stream of the same bytes, or the cached file.
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
    file_format = get_all_file_formats()[format]
    headers = {
        "content-type": file_format.media_type,
        "etag": etag,
        "accept-ranges": "bytes",
        "link": make_citation_links(request, datasets),
        **make_as_of_header(state, planned.as_of),
    }
    path = state.settings.spool_dir / CACHE_FOLDER / f"{digest}.{file_format.name}"
    file = await _find_file(request, export, path)
    if file is not None:
        size = os.fstat(file.fileno()).st_size
        return FileRangeResponse(request, file, size, headers)
    return _stream_export(request, export, headers)


async def _find_file(request: Request, export: EventExport, path: Path) -> FileIO | None:
    """Open the file of an export; None if a stream of the same bytes is enough."""
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
    events = stream_events(state.database, export.query, export.planned, writer)
    chunks = spool_chunks(state.spool, read_client_name(request), events)
    return ClosingStreamResponse(chunks, writer.content_type, {**CACHING, **headers})


async def _open_or_make_file(state: AppState, export: EventExport, path: Path) -> FileIO:
    """Open the cached file of an export, or make it first."""
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
    """Write all events into a file, and yield the number of events of each step.

    The file is complete only if the iteration reaches its end.
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
    format, options = get_all_file_formats()[export.format], make_render_options(export.query)
    try:
        sink = await asyncio.to_thread(format.open, part, options, export.metadata)
        async for _ in write_events_file(state.database, export.query, export.planned, sink):
            pass
        await asyncio.to_thread(part.replace, path)
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)


def _pick_filters(request: Request) -> str:
    """Return the filters and the order of a request, as a query string."""
    return pick_parameters(request, {*EventFilters.model_fields, "sort"} - {"as_of"})


def _make_metadata(
    state: AppState, planned: PlannedQuery, filters: str, datasets: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """Return the metadata of an export's file."""
    licences = dict.fromkeys(dataset["licence"] for dataset in datasets if dataset["licence"])
    citations = dict.fromkeys(dataset["citation"] for dataset in datasets if dataset["citation"])
    return {
        "question": filters,
        "position": state.sealer.seal_position(planned.as_of or 0),
        "licence": "; ".join(licences),
        "citation": "\n".join(citations),
        "datasets": orjson.dumps(datasets).decode(),
    }


def remove_cached_exports(spool_dir: Path) -> None:
    """Remove the cached files, which may hold records that were purged since."""
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
    """Remove the least recently used files beyond `most_bytes`, and abandoned incomplete ones."""
    now, total = time.time(), 0
    found = []
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            found.append((path.stat(), path))
    for stat, path in sorted(found, key=lambda entry: -entry[0].st_mtime):
        total += stat.st_size
        if path.suffix == ".part":
            is_outdated = now - stat.st_mtime > ABANDONED_SECONDS
        else:
            is_outdated = total > most_bytes and path != kept
        if is_outdated:
            path.unlink(missing_ok=True)


@asynccontextmanager
async def _lock_file(path: Path) -> AsyncIterator[None]:
    """Hold the lock of a file, so that concurrent requests make it once."""
    lock = _LOCKS.setdefault(str(path), asyncio.Lock())
    async with lock:
        yield


_LOCKS: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
