"""`annals export`: events as a file."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from app.cli.progress_bar import ProgressBar
from app.cli.session import DatabaseUrl, read_settings, run_with_records

if TYPE_CHECKING:
    from app.db.database import Database
    from app.query.record_query import PlannedQuery
    from app.resources.events.query import EventQuery

DEFAULT_FORMAT = "ndjson"


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
            "--output", "-o", dir_okay=False, help="The file to write, instead of standard output."
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            help="A format of the API, such as csv or parquet; by default, the output's ending.",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write events, all of them unless `limit` is given.

    A file appears under its name only once it is complete, and beside it, as NAME.citation.json,
    the licence and citation of every dataset in it.
    """
    from app.cli.filter_arguments import read_filters
    from app.resources.events.query import EventQuery

    query = read_filters(EventQuery, filters or ())
    _refuse_paging(query)
    asked = _choose_format(format or query.format, output)
    written = _export(query, asked, output, database_url)
    print(f"{written} event{'' if written == 1 else 's'} written", file=sys.stderr)


def _export(query: "EventQuery", format: str, output: Path | None, database_url: str | None) -> int:
    from app.db.database import Database
    from app.export.registry import get_file_formats

    async def work(database: Database) -> int:
        planned = await _make_query(database, query)
        total = await _count_events(database, query, planned)
        write = _write_file if format in get_file_formats() else _write_events
        with ProgressBar("exporting", total) as bar:
            written = await write(database, query, planned, _ExportOutput(format, output, bar))
        if output is not None:
            with _open_output(output.with_name(f"{output.name}.citation.json")) as file:
                file.write(await _make_citation(database, planned))
        return written

    return run_with_records(read_settings(database_url=database_url), work)


@dataclass
class _ExportOutput:
    """The output of an export: its format, its file, and its progress bar."""

    format: str
    path: Path | None
    bar: ProgressBar
    written: int = 0

    def count(self, more: int) -> None:
        self.written += more
        self.bar.update(self.written)


def _refuse_paging(query: "EventQuery") -> None:
    for name in ("cursor", "count"):
        if name in query.model_fields_set:
            raise typer.BadParameter(f"{name} belongs to pages; an export is written as a whole")


def _choose_format(asked: str | None, output: Path | None) -> str:
    """Return the requested format, or else the one that the output's name ends in."""
    from app.export.registry import get_file_formats, get_media_types
    from app.values.suggestions import did_you_mean

    known = get_media_types()
    if asked is None:
        ending = output.suffix.removeprefix(".").lower() if output else ""
        asked = ending if ending in known else DEFAULT_FORMAT
    if asked not in known:
        hint = did_you_mean(asked, known)
        raise typer.BadParameter(f"{asked!r} is not one of {', '.join(known)}{hint}")
    if asked in get_file_formats() and output is None:
        raise typer.BadParameter(f"{asked} is a file; say where with --output")
    return asked


async def _make_query(database: "Database", query: "EventQuery") -> "PlannedQuery":
    import secrets
    import time

    from app.auth.server_secret import SECRET_BYTES, load_server_secret
    from app.history.as_of import AsOfResolver
    from app.query.opaque_tokens import TokenSealer
    from app.query.planning import plan
    from app.query.record_query import PageStart, build_query
    from app.resources.events.resource_type import EVENTS
    from app.resources.events.streaming import find_page_limit
    from app.values.caller import OPERATOR

    at = None
    if query.as_of is not None:
        fresh = secrets.token_bytes(SECRET_BYTES)
        seal = TokenSealer(await database.write(lambda write: load_server_secret(write, fresh)))
        at = await AsOfResolver(database, seal, OPERATOR).find_position(
            query.as_of, time.time_ns() // 1_000
        )
    asked = build_query(EVENTS, query, OPERATOR, PageStart(at))
    return await plan(database, asked, find_page_limit(query, asked))


async def _make_citation(database: "Database", planned: "PlannedQuery") -> bytes:
    import orjson

    found = {"datasets": await _load_citations(database, planned)}
    return orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n"


async def _load_citations(database: "Database", planned: "PlannedQuery") -> list[dict[str, Any]]:
    from app.export.citation import list_citations
    from app.query.execute import fetch_datasets
    from app.record.document import decode_document

    return list_citations(
        [decode_document(document) for document in await fetch_datasets(database, planned)]
    )


async def _count_events(database: "Database", query: "EventQuery", planned: "PlannedQuery") -> int:
    from app.query.execute import count

    total = await count(database, planned)
    return min(total, query.limit) if "limit" in query.model_fields_set else total


async def _write_events(
    database: "Database", query: "EventQuery", planned: "PlannedQuery", output: _ExportOutput
) -> int:
    from app.resources.events.rendering import make_writer
    from app.resources.events.streaming import open_event_lines

    writer = make_writer(query, output.format)
    with _open_output(output.path) as file:
        file.write(writer.begin)
        async with open_event_lines(database, query, planned) as chunks:
            async for lines in chunks:
                file.write(writer.write_lines(lines, started=output.written > 0))
                output.count(lines.count(b"\n"))
        file.write(writer.end)
        file.flush()
    return output.written


async def _write_file(
    database: "Database", query: "EventQuery", planned: "PlannedQuery", output: _ExportOutput
) -> int:
    import orjson

    from app.export.registry import get_file_formats
    from app.resources.events.cached_exports import write_events_file
    from app.resources.events.rendering import make_render_options

    assert output.path is not None, "checked before"
    part = _name_part(output.path)
    said = {"datasets": orjson.dumps(await _load_citations(database, planned)).decode()}
    try:
        sink = get_file_formats()[output.format].open(part, make_render_options(query), said)
        async for more in write_events_file(database, query, planned, sink):
            output.count(more)
        part.replace(output.path)
    finally:
        part.unlink(missing_ok=True)
    return output.written


@contextmanager
def _open_output(output: Path | None) -> Iterator[IO[bytes]]:
    """Open standard output, or a file that takes its name once it is complete."""
    if output is None:
        yield sys.stdout.buffer
        return
    part = _name_part(output)
    try:
        with part.open("wb") as file:
            yield file
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def _name_part(output: Path) -> Path:
    return output.with_name(f".{output.name}.{os.getpid()}.part")
