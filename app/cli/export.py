"""`annals export`: write events as a file."""

import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from app.cli.progress import Bar
from app.cli.records import DatabaseUrl, read_settings, with_records

if TYPE_CHECKING:
    from app.db.database import Database
    from app.export.writer import Writer
    from app.query.question import Question
    from app.resources.events.query import EventQuery

USUAL_FORMAT = "ndjson"


def export(
    filters: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY=VALUE]...",
            help="Filters, as GET /v1/events takes them: type=summit dyad=PRK,RUS",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", dir_okay=False, help="Where to write to, instead of standard output."
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            help="csv, geojson or ndjson; by default what the output's name ends in, or ndjson.",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write events, without any limit unless `limit` is given.

    A file appears under its name only once it is whole, and beside it, as NAME.citation.json, the
    licence and citation of every dataset in it.
    """
    from app.cli.filters import read_filters
    from app.resources.events.query import EventQuery

    query = read_filters(EventQuery, filters or ())
    _refuse_paging(query)
    asked = _format(format or query.format, output)
    written = _export(query, asked, output, database_url)
    print(f"{written} event{'' if written == 1 else 's'} written", file=sys.stderr)


def _export(query: "EventQuery", format: str, output: Path | None, database_url: str | None) -> int:
    from app.db.database import Database
    from app.resources.events.look import writer_of

    writer = writer_of(query, format)

    async def work(database: Database) -> int:
        question = await _ask(database, query)
        total = await _total(database, query, question)
        with _opened(output) as file, Bar("exporting", total) as bar:
            documents = _documents(database, query, question)
            written = await _write_events(documents, writer, file, bar)
        if output is not None:
            with _opened(output.with_name(f"{output.name}.citation.json")) as file:
                file.write(await _citation(database, question))
        return written

    return with_records(read_settings(database_url=database_url), work)


def _refuse_paging(query: "EventQuery") -> None:
    for name in ("cursor", "count"):
        if name in query.model_fields_set:
            raise typer.BadParameter(f"{name} belongs to pages; an export is written as a whole")


def _format(asked: str | None, output: Path | None) -> str:
    """The format that was asked for, or that the output's name ends in."""
    from app.export.registry import writers
    from app.values.codes import did_you_mean

    if asked is None:
        ending = output.suffix.removeprefix(".").lower() if output else ""
        return ending if ending in writers() else USUAL_FORMAT
    if asked not in writers():
        known = ", ".join(writers())
        raise typer.BadParameter(f"{asked!r} is not one of {known}{did_you_mean(asked, writers())}")
    return asked


async def _ask(database: "Database", query: "EventQuery") -> "Question":
    import secrets
    import time

    from app.auth.secrets import SECRET_BYTES, server_secret
    from app.history.moments import Moments
    from app.query.ask import ask
    from app.query.references import resolve_references
    from app.query.seal import Seal
    from app.resources.events.noun import EVENTS
    from app.values.callers import OPERATOR

    named = await resolve_references(database, query, OPERATOR)
    question = replace(ask(EVENTS, named, OPERATOR), known_day=query.known_by)
    if query.as_of is None:
        return question
    fresh = secrets.token_bytes(SECRET_BYTES)
    seal = Seal(await database.write(lambda write: server_secret(write, fresh)))
    found = await Moments(database, seal, OPERATOR).find(query.as_of, time.time_ns() // 1_000)
    return replace(question, as_of=found)


async def _citation(database: "Database", question: "Question") -> bytes:
    import orjson

    from app.export.citation import cited
    from app.query.read import read_datasets
    from app.record.document import decode

    found = cited([decode(each) for each in await read_datasets(database, question)])
    return orjson.dumps({"datasets": found}, option=orjson.OPT_INDENT_2) + b"\n"


async def _total(database: "Database", query: "EventQuery", question: "Question") -> int:
    from app.query.read import read_count

    total = await read_count(database, question)
    return min(total, query.limit) if "limit" in query.model_fields_set else total


async def _write_events(
    batches: AsyncIterator[Sequence[str]], writer: "Writer", file: IO[bytes], bar: Bar
) -> int:
    written = 0
    file.write(writer.begin)
    async for documents in batches:
        file.write(writer.chunk(documents, started=written > 0))
        written += len(documents)
        bar.reach(written)
    file.write(writer.end)
    file.flush()
    return written


async def _documents(
    database: "Database", query: "EventQuery", question: "Question"
) -> AsyncIterator[Sequence[str]]:
    """The documents, some hundred at a time, with all that the query includes."""
    from app.query.compile import page_statement
    from app.resources.events.look import show_events

    limited = "limit" in query.model_fields_set
    values = question.binds() | ({"limit": query.limit} if limited else {})
    statement = page_statement(question, limited=limited)
    async with database.stream(statement, values) as batches:
        async for rows in batches:
            yield await show_events(database, query, question, rows, whole=True)


@contextmanager
def _opened(output: Path | None) -> Iterator[IO[bytes]]:
    """Standard output, or a file that takes its name at the end and is gone if that never comes."""
    if output is None:
        yield sys.stdout.buffer
        return
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
