"""The command line as a whole: its exit codes and its output."""

import subprocess
import sys

import pytest

from app.version import VERSION
from tests.cli.conftest import Annals


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("--help", 0, "migrate"),
        ("--version", 0, f"{VERSION}\n"),
        ("key --help", 0, "revoke"),
        ("openapi", 0, '"openapi": "3.1'),
        ("", 2, "Usage"),
        ("severs", 2, "severs"),
        ("serve --port 99999", 2, "'--port'"),
        ("serve --workers 0", 2, "'--workers'"),
        ("key create", 2, "Missing argument 'name'"),
        ("key create desk --scope reed", 2, "did you mean 'read'?"),
        ("export tpye=summit", 2, "unknown parameter 'tpye'; did you mean 'type'?"),
        ("export summit", 2, "is not a filter such as type=summit"),
        ("export cursor=x", 2, "cursor belongs to pages"),
        ("import nowhere.csv", 2, "nowhere.csv"),
    ],
)
def test_a_command_used_wrongly_says_so(run: Annals, line: str, code: int, said: str) -> None:
    ended = run(line)
    assert (ended.code, said in ended.out + ended.err) == (code, True), ended


@pytest.mark.parametrize(
    "line",
    ["serve", "demo", "export", "key list", "key create desk --scope read", "key revoke first"],
)
def test_nothing_runs_before_the_migration(annals: Annals, line: str) -> None:
    ended = annals(line)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "annals: the database holds no records yet: run `annals migrate` first\n"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://localhost/annals", "must be sqlite or postgresql"),
        ("nonsense", "is not a database URL"),
        ("sqlite://", "needs a file"),
        ("sqlite:////nowhere/annals.db", "cannot be opened"),
        ("postgresql://annals@127.0.0.1:1/annals", "cannot be reached"),
    ],
)
def test_a_database_that_cannot_be_had_is_one_line(run: Annals, url: str, said: str) -> None:
    ended = run(f"migrate --database-url {url}")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (1, "", 1)
    assert said in ended.err


def test_a_setting_that_makes_no_sense_is_named(
    run: Annals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNALS_POOL_SIZE", "many")
    ended = run("migrate")
    assert ended.code == 1
    assert ended.err.startswith("annals: ANNALS_POOL_SIZE: ")


def test_an_import_does_not_wait_for_numpy() -> None:
    program = """
import sys
import app.cli.filter_arguments, app.cli.import_file, app.ingest.run
sys.exit("numpy" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
