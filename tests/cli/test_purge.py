"""`annals purge`: its question, its removals, and its error if there is nothing to remove."""

from io import StringIO
from pathlib import Path

import pytest

from app.resources.events.cached_exports import CACHE_FOLDER
from tests.cli.conftest import Annals

NOBODY = "0190a2c0-0000-7000-8000-000000000001"


def test_an_event_is_gone(loaded: Annals, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANNALS_SPOOL_DIR", str(tmp_path))
    kept = tmp_path / CACHE_FOLDER / "0123.parquet"
    kept.parent.mkdir()
    kept.touch()
    out = loaded("export limit=1 fields=id").out
    id = out.removeprefix('{"id":"')[: len(NOBODY)]
    ended = loaded(f"purge {id} --yes")
    assert ended.out.startswith(f"purged event {id} of russia-dprk: 1 revision, ")
    assert id not in loaded("export fields=id").out
    assert not kept.exists()
    again = loaded(f"purge {id} --yes")
    assert (again.code, again.err) == (1, f"annals: the event {id} was purged already\n")
    assert loaded("demo").out == "demo: everything is there already; nothing was changed\n"
    assert loaded("check").code == 0


def test_it_asks_first(loaded: Annals, monkeypatch: pytest.MonkeyPatch) -> None:
    id = loaded("export limit=1 fields=id").out.removeprefix('{"id":"')[: len(NOBODY)]
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    ended = loaded(f"purge {id}")
    assert ended.code == 1
    assert id in loaded("export fields=id").out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"purge {NOBODY} --yes", "there is and was no event, claim or relation with the id"),
        ("purge actor:nobody --yes", "the actor 'nobody' never existed"),
        ("purge actor:PRK --yes", "delete it first"),
        (f"purge {NOBODY} --source-row --yes", "there is no source row of an event"),
    ],
)
def test_what_is_not_there_is_said(annals: Annals, line: str, said: str) -> None:
    annals("migrate")
    ended = annals(line)
    assert (ended.code, said in ended.err) == (1, True)
