"""`annals export`: the events that the API would list, one on each line."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from tests.cli.conftest import Annals

BOTH = {"PRK", "RUS"}


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_everything_is_written(loaded: Annals) -> None:
    ended = loaded("export")
    assert (ended.code, ended.err) == (0, "68 events written\n")
    dates = [event["earliest_on"] for event in lines(ended.out)]
    assert len(dates) == 68
    assert dates == sorted(dates, reverse=True)


def test_filters_are_those_of_the_api(loaded: Annals) -> None:
    found = lines(loaded("export type=summit dyad=PRK,RUS sort=date").out)
    assert len(found) > 3
    for event in found:
        named = {each[key] for each in event["participants"] for key in ("actor", "for")}
        assert event["type"] == "summit"
        assert named >= BOTH


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("limit=5", 5),
        ("limit=10000", 68),
        ("fatalities_min=1000000", 0),
        ("type=summit type=visit since=2024-06-18 until=2024-06-20", 1),
        ("known_by=1900-01-01", 0),
        ("as_of=now", 68),
    ],
)
def test_as_many_are_written_as_are_found(loaded: Annals, line: str, count: int) -> None:
    ended = loaded(f"export {line}")
    assert (ended.code, len(lines(ended.out))) == (0, count), ended.err


def test_a_filter_may_have_spaces_and_signs(loaded: Annals) -> None:
    assert lines(loaded("export", "q=Vostochny", "fields=title,id").out)
    assert lines(loaded("export", 'q="no such words + signs & more"').out) == []


def test_known_by_derives_anew(loaded: Annals) -> None:
    for event in lines(loaded("export known_by=2024-06-12").out):
        assert event["known_by"]["day"] == "2024-06-12"
        assert event["claims"]["first_made_on"] <= "2024-06-12"


def test_a_file_appears_when_it_is_whole(loaded: Annals, tmp_path: Path) -> None:
    target = tmp_path / "out" / "events.ndjson"
    missing = loaded("export --output", str(target))
    assert (missing.code, target.parent.exists()) == (1, False)
    target.parent.mkdir()
    ended = loaded("export --output", str(target))
    assert (ended.code, ended.out) == (0, "")
    assert len(lines(target.read_text())) == 68
    before = target.read_text()
    assert loaded("export as_of=2999-01-01T00:00:00Z --output", str(target)).code == 1
    assert target.read_text() == before
    beside = target.with_name("events.ndjson.citation.json")
    assert sorted(target.parent.iterdir()) == [target, beside]
    (cited,) = json.loads(beside.read_text())["datasets"]
    assert cited["slug"] == "russia-dprk"


@pytest.mark.parametrize(
    ("line", "begin"),
    [
        ("export -f csv limit=1", "id,revision,dataset"),
        ("export format=geojson limit=1", '{"type":"FeatureCollection"'),
        ("export --format ndjson limit=1", '{"id":'),
    ],
)
def test_the_format_is_as_asked(loaded: Annals, line: str, begin: str) -> None:
    ended = loaded(line)
    assert (ended.code, ended.out.startswith(begin)) == (0, True), ended.err


def test_the_format_is_as_the_name_ends(loaded: Annals, tmp_path: Path) -> None:
    target = tmp_path / "events.csv"
    assert loaded("export --output", str(target)).code == 0
    assert target.read_bytes().startswith(b"id,revision,dataset")
    table = tmp_path / "events.parquet"
    assert loaded("export --output", str(table)).code == 0
    assert pyarrow.parquet.read_table(table).num_rows == 68
    nowhere = loaded("export -f parquet")
    assert (nowhere.code, "--output" in nowhere.err) == (2, True)
    wrong = loaded("export -f cvs")
    assert (wrong.code, "did you mean 'csv'" in wrong.err) == (2, True)
