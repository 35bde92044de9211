"""Our own export, imported: the same records, with their claims and relations."""

import json
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from app.ingest.reading.text_lines import LONGEST_LINE
from tests.cli.conftest import Annals
from tests.databases import PostgresServer

REASONS = {
    "ndjson": "line 1 is an event as Annals writes it",
    "csv": "line 1 names the columns of an export of Annals",
}
WHOLE = "include=claims,relations,references"
COUNTS = "68 read, 68 created, 0 updated, 0 unchanged, 0 waiting, 0 conflicted, 0 rejected"
AGAIN = "68 read, 0 created, 0 updated, 68 unchanged, 0 waiting, 0 conflicted, 0 rejected"


@pytest.fixture
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A second, empty database of the same kind."""
    kind = request.node.callspec.params["empty_database_url"]
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.mark.parametrize("format", ["ndjson", "csv"])
def test_an_export_read_back_is_exported_the_same(
    loaded: Annals, other_url: str, tmp_path: Path, format: str
) -> None:
    first, second = tmp_path / f"first.{format}", tmp_path / f"second.{format}"
    into = f"--database-url {other_url}"
    assert loaded(f"export {WHOLE} -o {first}").err == "68 events written\n"
    assert loaded(f"migrate {into}").code == 0
    told = f"annals into russia-dprk: {REASONS[format]}"
    ended = loaded(f"import {first} {into}")
    assert (ended.code, ended.out.splitlines()) == (0, [told, COUNTS])
    again = loaded(f"import {first} {into}")
    assert (again.code, again.out.splitlines()) == (0, [told, AGAIN])
    for look in ("include=claims,relations", "include=claims,relations sort=title bom=true"):
        loaded(f"export {look} -o {first}")
        loaded(f"export {look} -o {second} {into}")
        assert first.read_bytes() == second.read_bytes()
    assert loaded(f"check {into}").code == 0


def test_what_events_name_is_read_back(loaded: Annals, other_url: str, tmp_path: Path) -> None:
    path, into = tmp_path / "all.ndjson", f"--database-url {other_url}"
    loaded(f"export {WHOLE} -o {path}")
    loaded(f"migrate {into}")
    loaded(f"import {path} {into}")
    told = [lines_of(loaded(f"export {WHOLE} {more}").out) for more in ("", into)]
    assert told[0] == told[1]


def test_an_event_with_very_many_claims_is_read_back(
    loaded: Annals, other_url: str, tmp_path: Path
) -> None:
    long, into = tmp_path / "long.ndjson", f"--database-url {other_url}"
    loaded(f"export {WHOLE} lifecycle=occurred limit=1 verification=confirmed -o {long}")
    event = orjson.loads(long.read_bytes())
    claim = {**event["claims"]["items"][0], "paraphrase": "x" * 500, "id": None}
    event["claims"]["items"] += [{**claim, "external_id": str(each)} for each in range(1200)]
    long.write_bytes(orjson.dumps(event) + b"\n")
    loaded(f"migrate {into}")
    assert loaded(f"import {long} {into}").code == 0
    for first in (tmp_path / "first.ndjson", tmp_path / "first.csv"):
        again = first.with_stem("again")
        loaded(f"export {WHOLE} -o {first} {into}")
        assert first.stat().st_size > LONGEST_LINE
        assert "1 unchanged" in loaded(f"import {first} {into}").out
        loaded(f"export {WHOLE} -o {again} {into}")
        assert first.read_bytes() == again.read_bytes()


def lines_of(text: str) -> list[dict[str, object]]:
    """Return the records that each event names, without the time of their creation here."""
    found = []
    for line in text.splitlines():
        named = json.loads(line)["references"]
        for record in (named["dataset"], *named["actors"], *named["sources"]):
            for name in ("revision", "created_at", "updated_at"):
                del record[name]
        found.append(named)
    return found
