"""The mapping process: it maps, validates and renders rows while the importer writes others.

The process maps a batch and sends the records that the batch names. The importer creates those that
are missing and replies with their slugs and source profiles; meanwhile the process maps the next
batch. Then it renders the events as they are loaded if they are new.
"""

import asyncio
import gc
import multiprocessing
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from pickle import PickleBuffer
from typing import Any
from uuid import UUID

import orjson

from app.db.driver_errors import translate_error
from app.errors import AnnalsError, OutOfSpace
from app.ingest.mapping.detection import find_format
from app.ingest.mapping.map_rows import (
    MappedBatch,
    PreparedRow,
    ReadingTask,
    encode_mapping,
    read_batches,
)
from app.ingest.mapping.merged_names import NO_REPLACEMENTS, SlugReplacements, replace_batch_slugs
from app.ingest.reading.import_format import ActorFacts, FileContext, SourceFacts
from app.record.bulk_save import NewEvent, NewEventRows
from app.record.event_rows import SaveContext
from app.record.verification import SourceProfile as Judged
from app.values.row_encoding import PackedRows, pack_rows, receive_message, send_message

BATCHES_AHEAD = 1
"""Batches mapped while the names of the previous one are resolved."""

MOST_REMEMBERED_SLUGS = 100_000
"""The number of actors and sources to remember before their names are resolved again."""

GC_THRESHOLD = 200_000
"""The threshold of the garbage collector, since a batch's many objects form no cycles."""


@dataclass(frozen=True)
class MappingTask:
    """The arguments of the process: those of `ReadingTask`, the driver, and the writing key."""

    path: Path
    format: str
    context: FileContext
    seen: Path
    limits: tuple[int, int, int]
    skip: int
    driver: str
    by: str | None

    @property
    def reading(self) -> ReadingTask:
        """The file to read and its limits."""
        format = find_format(self.format)
        return ReadingTask(self.path, format, self.context, self.seen, *self.limits, self.skip)


@dataclass
class NameRequest:
    """The new names in a batch: records to create, and slugs to resolve."""

    actors: list[ActorFacts]
    sources: list[SourceFacts]
    actor_slugs: list[str]
    source_slugs: list[str]


@dataclass
class ResolvedNames:
    """The names of actors, the profiles of sources, and the replacements of slugs."""

    names: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Judged] = field(default_factory=dict)
    meaning: SlugReplacements = NO_REPLACEMENTS

    def add(self, other: "ResolvedNames") -> None:
        """Add the entries of another."""
        self.names.update(other.names)
        self.facts.update(other.facts)
        self.meaning = SlugReplacements(
            {**self.meaning.actors, **other.meaning.actors},
            {**self.meaning.sources, **other.meaning.sources},
        )

    def select(self, actors: set[str], sources: set[str]) -> "ResolvedNames":
        """Return the entries of these actors and sources."""
        names = {slug: self.names[slug] for slug in actors if slug in self.names}
        facts = {slug: self.facts[slug] for slug in sources if slug in self.facts}
        return ResolvedNames(names, facts)


PackedRow = tuple[int, bytes, str, str, str]
"""A prepared row on its way between processes: line, id, digest, untouched row, mapped record."""


def unpack_row(row: PackedRow) -> PreparedRow:
    """Restore the row, for an event that is not new."""
    line, id, digest, text, mapped = row
    made = orjson.loads(mapped)
    claims = {UUID(claim_id): claim for claim_id, claim in made["claims"].items()}
    return PreparedRow(line, UUID(bytes=id), digest, text, made["event"], claims)


@dataclass
class RenderedBatch:
    """The rows of a batch's events, rendered as they are loaded if the events are new.

    `ids` and `keys` have the id and the order key of each event, `spans` its first and last change.
    `prepared` holds the encoded rows, for events that are not new. `known` has the names and
    profiles that the rendering depends on.
    """

    prepared: PackedRows
    rows: Mapping[str, PackedRows]
    changes: int
    ids: list[str]
    keys: list[int]
    spans: list[tuple[int, int]]
    known: ResolvedNames


NameResolver = Callable[[NameRequest], Awaitable[ResolvedNames]]


async def map_in_process(task: MappingTask, ask: NameResolver) -> AsyncGenerator[MappedBatch, None]:
    """Start the process and yield its batches; raise any error that it raises."""
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe()
    process = spawning.Process(target=_run_process, args=(theirs, task), daemon=True)
    await asyncio.to_thread(process.start)
    theirs.close()
    ready: asyncio.Queue[MappedBatch | Exception | None] = asyncio.Queue()
    receiving = asyncio.create_task(_receive_messages(ours, ready, ask))
    try:
        while (batch := await ready.get()) is not None:
            ready.task_done()
            if isinstance(batch, Exception):
                raise batch
            yield batch
    finally:
        await asyncio.to_thread(_stop_process, process)
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)
        ours.close()


async def _receive_messages(
    pipe: "Connection[Any, Any]",
    ready: "asyncio.Queue[MappedBatch | Exception | None]",
    ask: NameResolver,
) -> None:
    """Reply to requests and receive batches; at most one batch waits while another is written."""
    try:
        while (message := await asyncio.to_thread(receive_message, pipe)) is not None:
            if isinstance(message, NameRequest):
                _send_answer(pipe, await ask(message))
            else:
                await ready.put(message)
                await ready.join()
        await ready.put(None)
    except EOFError:
        await ready.put(RuntimeError("the process that maps the rows ended before its time"))
    except Exception as error:
        await ready.put(error)


def _send_answer(pipe: "Connection[Any, Any]", known: ResolvedNames) -> None:
    # The process may have ended since its request; its last message says why.
    with suppress(BrokenPipeError, ConnectionResetError):
        send_message(pipe, known)


def _stop_process(process: Any) -> None:
    process.terminate()
    process.join()


def _run_process(pipe: "Connection[Any, Any]", task: MappingTask) -> None:
    """Run the process: send requests and batches; an error is the last message."""
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    # The parent process may be gone, so that no one is left to receive the error.
    with suppress(BrokenPipeError, EOFError, ConnectionResetError):
        try:
            _Mapper(pipe, task).run()
            send_message(pipe, None)
        except AnnalsError as error:
            send_message(pipe, error)
        except Exception as error:
            if not isinstance(told := translate_error(error), OutOfSpace):
                raise
            send_message(pipe, told)


class _Mapper:
    """The mapper that the process runs."""

    def __init__(self, pipe: "Connection[Any, Any]", task: MappingTask) -> None:
        self._pipe = pipe
        self._task = task
        self._resolved = ResolvedNames()
        self._requested_actors: set[str] = set()
        self._requested_sources: set[str] = set()

    def run(self) -> None:
        mapped: deque[tuple[MappedBatch, set[str], set[str]]] = deque()
        try:
            for batch in read_batches(self._task.reading):
                actors, sources = list_batch_slugs(batch)
                self._request_names(batch, actors, sources)
                mapped.append((batch, actors, sources))
                if len(mapped) > BATCHES_AHEAD:
                    self._finish_batch(*mapped.popleft())
                if (
                    len(self._requested_actors) + len(self._requested_sources)
                    > MOST_REMEMBERED_SLUGS
                ):
                    self._forget_names(mapped)
        finally:
            # The rows read before an error are still written.
            while mapped:
                self._finish_batch(*mapped.popleft())

    def _forget_names(self, mapped: deque[tuple[MappedBatch, set[str], set[str]]]) -> None:
        """Forget all resolved names, once the batches that depend on them are finished."""
        while mapped:
            self._finish_batch(*mapped.popleft())
        self._resolved = ResolvedNames()
        self._requested_actors.clear()
        self._requested_sources.clear()

    def _request_names(self, batch: MappedBatch, actors: set[str], sources: set[str]) -> None:
        named_actors, named_sources = batch.actors.values(), batch.sources.values()
        new_actors = actors.union(actor.slug for actor in named_actors) - self._requested_actors
        new_sources = (
            sources.union(source.slug for source in named_sources) - self._requested_sources
        )
        self._requested_actors |= new_actors
        self._requested_sources |= new_sources
        named = NameRequest(
            [actor for actor in named_actors if actor.slug in new_actors],
            [source for source in named_sources if source.slug in new_sources],
            sorted(new_actors),
            sorted(new_sources),
        )
        send_message(self._pipe, named)

    def _finish_batch(self, batch: MappedBatch, actors: set[str], sources: set[str]) -> None:
        self._resolved.add(receive_message(self._pipe))
        meaning = self._resolved.meaning
        batch = replace_batch_slugs(batch, lambda _: meaning)
        batch.actors.clear()
        batch.sources.clear()
        others = {"actor": meaning.actors, "source": meaning.sources}
        batch.lines = {
            key: line for key, line in batch.lines.items() if key[1][1] in others[key[0]]
        }
        if not meaning.is_empty:
            actors, sources = list_batch_slugs(batch)
        known = self._resolved.select(actors, sources)
        if len(known.names) == len(actors) and len(known.facts) == len(sources):
            batch.rendered = self._render_rows(batch.rows, known)
            batch.rows.clear()
        send_message(self._pipe, batch)

    def _render_rows(self, rows: Sequence[PreparedRow], known: ResolvedNames) -> RenderedBatch:
        fresh = NewEventRows(self._task.driver, self._task.by)
        context = SaveContext(known.names, known.facts)
        prepared: list[PackedRow] = []
        keys, spans = [], []
        format = find_format(self._task.format)
        shared = {
            "dataset": self._task.context.dataset,
            "format": format.name,
            "mapper_version": format.mapper_version,
            "removed_revision": None,
        }
        for row in rows:
            mapped = encode_mapping(row)
            source_row = {"row_hash": row.digest, "row": row.text, "mapped": mapped, **shared}
            prepared.append((row.line, row.id.bytes, row.digest, row.text, mapped))
            event = NewEvent(row.id, row.event, row.claims, source_row)
            key, first, last = fresh.add(event, context)
            keys.append(key)
            spans.append((first, last))
        ids = [row.id.hex for row in rows]
        parcels = {name: PickleBuffer(rows) for name, rows in fresh.pack_tables().items()}
        whole = PickleBuffer(pack_rows(prepared))
        return RenderedBatch(whole, parcels, fresh.changes, ids, keys, spans, known)


def list_batch_slugs(batch: MappedBatch) -> tuple[set[str], set[str]]:
    """Return the actors and sources that the events of a batch depend on."""
    actors = {
        participant["actor"] for row in batch.rows for participant in row.event["participants"]
    }
    claims = [claim for row in batch.rows for claim in row.claims.values()]
    sources = {slug for claim in claims for slug in (claim["source"], claim["origin"]) if slug}
    return actors, sources
