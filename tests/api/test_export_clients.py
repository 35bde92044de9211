"""Exports as their readers read them, from a server that really listens."""

import gc
import io
import os
import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import orjson
import pandas
import polars
import psutil
import pyarrow.parquet as pq
import pytest

from app.demo.demo_loader import load_demo
from app.settings import Settings
from tests.api.desk import DATABASES, database_of
from tests.api.served import Served, fill, serve
from tests.waiting import block_until

EVENTS = 68


@pytest.fixture(scope="module", params=DATABASES)
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The demo dataset in a database of each kind."""
    folder = tmp_path_factory.mktemp("served")
    with database_of(request, folder, request.param) as url:
        settings = Settings(database_url=url, spool_dir=folder / "spool")
        fill(settings, load_demo)
        with serve(settings) as served:
            yield served


def test_csv_readers(served: Served) -> None:
    url = served.url("events.csv?sort=date")
    frame = pandas.read_csv(url)
    table = polars.read_csv(url)
    assert len(frame) == table.height == EVENTS
    assert list(frame["id"]) == table["id"].to_list()
    assert frame["earliest_on"].is_monotonic_increasing
    lines = served.ask("events.ndjson?sort=date").body.splitlines()
    assert [orjson.loads(line)["id"] for line in lines] == table["id"].to_list()


def test_parquet_readers_read_by_range(served: Served) -> None:
    url = served.url("events.parquet?as_of=now&sort=date")
    ids = polars.read_csv(served.url("events.csv?sort=date"))["id"].to_list()
    table = polars.scan_parquet(url).select("id", "earliest_on", "tags").collect()
    assert table["id"].to_list() == ids
    assert table.schema["earliest_on"] == polars.Date
    frame = pandas.read_parquet(io.BytesIO(served.ask("events.parquet?as_of=now").body))
    assert sorted(frame["id"]) == sorted(ids)


def test_duckdb_reads_what_was_fetched(served: Served, tmp_path: Path) -> None:
    files = {"parquet": tmp_path / "events.parquet", "csv": tmp_path / "events.csv"}
    for format, path in files.items():
        path.write_bytes(served.ask(f"events.{format}").body)
        found = duckdb.connect().execute(f"SELECT count(*), count(DISTINCT id) FROM '{path}'")
        assert found.fetchall() == [(EVENTS, EVENTS)]


def test_a_file_is_served_whole_in_parts_and_not_at_all(served: Served) -> None:
    target = "events.parquet?as_of=now"
    whole = served.ask(target)
    size, etag = len(whole.body), whole.headers["etag"]
    assert whole.status == 200
    assert whole.headers["content-length"] == str(size)
    assert whole.headers["accept-ranges"] == "bytes"
    head = served.ask(target, "HEAD")
    own = ("x-request-id", "date")
    assert {name: value for name, value in head.headers.items() if name not in own} == {
        name: value for name, value in whole.headers.items() if name not in own
    }
    part = served.ask(target, range="bytes=10-19")
    assert (part.status, part.body) == (206, whole.body[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{size}"
    assert served.ask(target, range="bytes=-8").body == whole.body[-8:]
    assert served.ask(target, range=f"bytes={size - 4}-").body == b"PAR1"
    assert served.ask(target, range="bytes=0-1,5-6").status == 200
    assert served.ask(target, range="bytes=5-1").status == 200
    assert served.ask(target, range="bytes=0-1", if_range=etag).status == 206
    assert served.ask(target, range="bytes=0-1", if_range='"other"').status == 200
    beyond = served.ask(target, range=f"bytes={size}-")
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    assert beyond.headers["content-type"] == "application/problem+json"
    assert served.ask(target, if_none_match=etag).status == 304


LOOKS = (
    "events.csv?as_of=now",
    "events.csv?as_of=now&bom=true",
    "events.csv?as_of=now&safe=excel",
    "events.csv?as_of=now&fields=id",
    "events.csv?as_of=now&include=claims",
    "events.ndjson?as_of=now",
    "events.ndjson?as_of=now&fields=id",
    "events.geojson?as_of=now",
    "events.parquet?as_of=now",
)


def test_no_two_representations_have_one_tag(served: Served) -> None:
    answers = {target: served.ask(target) for target in LOOKS}
    tags = {answer.headers["etag"] for answer in answers.values()}
    tags |= {served.ask(target, accept_encoding="gzip").headers["etag"] for target in LOOKS}
    assert len(tags) == 2 * len(LOOKS) - 1, "nobody compresses Parquet"
    assert not any(tag.startswith("W/") for tag in tags)
    csv, ndjson = answers["events.csv?as_of=now"], answers["events.ndjson?as_of=now"]
    resumed = served.ask(
        "events.ndjson?as_of=now", range="bytes=100-", if_range=csv.headers["etag"]
    )
    assert (resumed.status, resumed.body) == (200, ndjson.body)


@pytest.mark.parametrize(
    "target",
    ["events.csv?country=PRK", "events.ndjson?country=PRK", "events?country=PRK&format=geojson"],
)
def test_a_stream_has_a_moment_and_a_tag(served: Served, target: str) -> None:
    own = ("x-request-id", "date")
    streamed = served.ask(target)
    assert "content-length" not in streamed.headers
    told = {name: value for name, value in streamed.headers.items() if name not in own}
    assert {"annals-as-of", "etag", "link", "accept-ranges"} <= told.keys()
    assert served.ask(target, if_none_match=told["etag"]).status == 304
    packed = served.ask(target, accept_encoding="gzip").headers["etag"]
    assert served.ask(target, accept_encoding="gzip", if_none_match=packed).status == 304
    pinned = f"{target}&as_of={told['annals-as-of']}"
    assert served.ask(pinned).body == streamed.body
    head = served.ask(target, "HEAD")
    assert head.headers.pop("content-length") == str(len(streamed.body))
    told.pop("transfer-encoding", None)
    assert {name: value for name, value in head.headers.items() if name not in own} == told
    again = served.ask(target)
    assert (again.body, again.headers["etag"]) == (streamed.body, told["etag"])
    assert again.headers["content-length"] == str(len(streamed.body))


@pytest.mark.parametrize("target", ["events.csv?limit=3", "events?limit=3", "count", "datasets"])
def test_the_head_of_a_page_is_that_of_its_get(served: Served, target: str) -> None:
    own = ("x-request-id", "date")
    whole, head = served.ask(target), served.ask(target, "HEAD")
    assert {name: value for name, value in head.headers.items() if name not in own} == {
        name: value for name, value in whole.headers.items() if name not in own
    }


def test_a_part_is_never_compressed(served: Served) -> None:
    whole = served.ask("events.csv?as_of=now")
    part = served.ask("events.csv?as_of=now", range="bytes=0-4999", accept_encoding="gzip")
    assert (part.status, part.body) == (206, whole.body[:5000])
    assert "content-encoding" not in part.headers


def test_a_file_may_be_empty(served: Served) -> None:
    target = "events.ndjson?tag=nothing-has-it"
    head = served.ask(target, "HEAD")
    assert (head.status, head.headers["content-length"]) == (200, "0")
    whole = served.ask(target)
    assert (whole.status, whole.body) == (200, b"")
    assert whole.headers["etag"] == head.headers["etag"]


def test_a_file_is_made_once(served: Served) -> None:
    target = "events.parquet?type=summit&as_of=now"
    with ThreadPoolExecutor(8) as several:
        bodies = {answer.body for answer in several.map(lambda _: served.ask(target), range(8))}
    (body,) = bodies
    made = list((served.spool / "exports").iterdir())
    assert sum(path.read_bytes() == body for path in made) == 1
    said = pq.ParquetFile(io.BytesIO(body)).schema_arrow.metadata
    assert said[b"question"] == b"type=summit"
    assert orjson.loads(said[b"datasets"])[0]["slug"] == "russia-dprk"
    assert said[b"position"].startswith(b"p")


def test_a_client_may_leave_at_any_byte(served: Served) -> None:
    dice = Random(20241125)
    before = open_things(served)
    for _ in range(100):
        format = dice.choice(["csv", "ndjson", "geojson", "parquet"])
        include = "&include=claims" if format != "parquet" and dice.random() < 0.3 else ""
        with socket.create_connection(("127.0.0.1", served.port)) as connection:
            line = f"GET /v1/events.{format}?sort=date{include} HTTP/1.0\r\n\r\n"
            is_whole = dice.random() < 0.8
            connection.sendall(line.encode() if is_whole else line.encode()[:20])
            left = dice.choice([0, 1, 100, 1000, 20_000, 100_000]) if is_whole else 0
            while left > 0 and (got := connection.recv(min(left, 4096))):
                left -= len(got)
    block_until(lambda: open_things(served) == before)
    assert served.ask("events.ndjson").body.count(b"\n") == EVENTS


def open_things(served: Served) -> dict[str, Any]:
    """The files that the server has open, and those that are not complete yet.

    SQLite keeps the files of closed connections for the next ones, so that those are counted.
    """
    gc.collect()
    files = [each.path for each in psutil.Process(os.getpid()).open_files()]
    exports = served.spool / "exports"
    return {
        "databases": sum(isinstance(each, sqlite3.Connection) for each in gc.get_objects()),
        "exports": [path for path in files if str(exports) in path],
        "parts": [path.name for path in exports.glob("*.part")],
    }
