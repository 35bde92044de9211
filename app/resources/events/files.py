"""Exports that are files: made once for each question and position of the feed, then served."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Mapping
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
from app.errors import Fault, Invalid
from app.export.file_format import FileFormat, Sink
from app.export.registry import as_files
from app.query.question import Question
from app.record.document import RENDERING
from app.resources.events.look import look_of
from app.resources.events.query import EventQuery
from app.resources.events.whole import shown_lines
from app.web.backing import Backing, backing_of
from app.web.conditional import if_none_match
from app.web.files import FileAnswer
from app.web.moments import at_moment, moment_header

FOLDER = "exports"
ABANDONED_SECONDS = 86_400
"""After which a file that nobody completed belongs to a process that died."""


@dataclass(frozen=True, slots=True)
class FileSaid:
    """Which format is asked for, with what filters, whose data is in it, and links that tell so."""

    format: str
    asked: str
    datasets: list[dict[str, Any]]
    links: str


async def answer_file(
    request: Request, query: EventQuery, question: Question, said: FileSaid
) -> Response:
    """Answer with the file of this question at its position, or at the last settled one."""
    if not keeps_past(query):
        detail = f"references keep no past, and are not in {said.format}; ask for ndjson or csv"
        raise Invalid(detail, Fault(code="no-references", detail=detail, parameter="include"))
    if question.as_of is None:
        question = await at_moment(request, question, "now")
    backing, format = backing_of(request), as_files()[said.format]
    metadata = _metadata(backing, question, said)
    digest = _digest(backing, query, question, metadata)
    etag = f'"{digest}"'
    known = if_none_match(request, etag)
    if known is not None:
        return known
    folder = backing.settings.spool_dir / FOLDER
    path = folder / f"{digest}.{format.name}"
    async with _alone(path):
        file = await asyncio.to_thread(_opened, path)
        if file is None:
            await _make(backing, query, question, path, (format, metadata))
            file = await asyncio.to_thread(_opened, path)
    assert file is not None, "it was made just now"
    await asyncio.to_thread(_trim, folder, path, backing.settings.export_cache_bytes)
    headers = {
        "content-type": format.media_type,
        "etag": etag,
        "link": said.links,
        **moment_header(backing, question),
    }
    return FileAnswer(request, file, os.fstat(file.fileno()).st_size, headers)


def keeps_past(query: EventQuery) -> bool:
    """Whether all that is shown has a past, so that a position says which file it is."""
    return "references" not in (query.include or ())


async def write_file(
    database: Database, query: EventQuery, question: Question, sink: Sink
) -> AsyncIterator[int]:
    """Write all events into a file.

    Yields how many came with each step; the file is whole at the end, and given up otherwise.
    """
    try:
        async with shown_lines(database, query, question) as chunks:
            async for lines in chunks:
                await asyncio.to_thread(sink.add, lines)
                yield lines.count(b"\n")
    finally:
        await asyncio.to_thread(sink.close)


async def _make(
    backing: Backing,
    query: EventQuery,
    question: Question,
    path: Path,
    what: tuple[FileFormat, Mapping[str, str]],
) -> None:
    format, metadata = what
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    try:
        sink = await asyncio.to_thread(format.open, part, look_of(query), metadata)
        async for _ in write_file(backing.database, query, question, sink):
            pass
        await asyncio.to_thread(part.replace, path)
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)


def _metadata(backing: Backing, question: Question, said: FileSaid) -> dict[str, str]:
    """What the file says about itself."""
    position = question.as_of or 0
    licences = dict.fromkeys(each["licence"] for each in said.datasets if each["licence"])
    citations = dict.fromkeys(each["citation"] for each in said.datasets if each["citation"])
    return {
        "question": said.asked,
        "position": backing.seal.position(position),
        "licence": "; ".join(licences),
        "citation": "\n".join(citations),
        "datasets": orjson.dumps(said.datasets).decode(),
    }


def _digest(
    backing: Backing, query: EventQuery, question: Question, metadata: Mapping[str, str]
) -> str:
    """The name of the file: what is asked, how it is shown, when, and which datasets are seen."""
    look = look_of(query)
    asked = [
        RENDERING,
        question.shape,
        sorted(question.binds().items()),
        sorted(look.fields or ()),
        sorted(look.extra),
        (look.bom, look.is_safe),
        query.limit if "limit" in query.model_fields_set else None,
        sorted(metadata.items()),
    ]
    keyed = hashlib.blake2b(repr(asked).encode(), key=backing.seal.secret[:64], digest_size=16)
    return keyed.hexdigest()


def forget_files(spool_dir: Path) -> None:
    """Remove the files that are kept there: they hold records as they were when they were made."""
    for path in (spool_dir / FOLDER).glob("[!.]*"):
        path.unlink(missing_ok=True)


def _opened(path: Path) -> FileIO | None:
    try:
        file = FileIO(path)
    except FileNotFoundError:
        return None
    os.utime(path)
    return file


def _trim(folder: Path, kept: Path, most_bytes: int) -> None:
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
async def _alone(path: Path) -> AsyncIterator[None]:
    """One after the other for each file, so that it is made once."""
    lock = _LOCKS.setdefault(str(path), asyncio.Lock())
    async with lock:
        yield


_LOCKS: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
