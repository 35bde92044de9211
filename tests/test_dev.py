"""The set-up script: its arguments, its output and its commands."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import dev
from tests.source import ROOT

REPORT = """<testsuites><testsuite><testcase name="a"/>
<testcase name="b"><skipped message="no PostgreSQL"/></testcase>
<testcase name="c"><skipped message="no PostgreSQL"/></testcase></testsuite></testsuites>"""


@pytest.mark.parametrize(
    ("line", "command", "given", "rest"),
    [
        ("serve", "serve", {"port": None, "host": None, "database_url": None}, []),
        ("serve --port 81", "serve", {"port": "81"}, []),
        ("serve --database-url sqlite:///x.db", "serve", {"database_url": "sqlite:///x.db"}, []),
        ("test", "test", {}, []),
        ("test tests/web -k problem -x", "test", {}, ["tests/web", "-k", "problem", "-x"]),
        ("bench reads --events 1000", "bench", {}, ["reads", "--events", "1000"]),
    ],
)
def test_arguments(line: str, command: str, given: dict[str, str], rest: list[str]) -> None:
    arguments, left_over = dev.read_arguments(line.split())
    assert arguments.command == command
    assert given.items() <= vars(arguments).items()
    assert left_over == rest


@pytest.mark.parametrize(
    ("exit_codes", "skips", "said", "exit_code"),
    [
        ([0, 0], {}, "Everything could be run.", 0),
        ([0, 1], {}, "FAILED (1)", 1),
        ([0], {"no PostgreSQL": 2}, "not run: 2 tests: no PostgreSQL", 0),
        ([0], {"no Docker": 1}, "not run: 1 test: no Docker", 0),
    ],
)
def test_the_summary(
    exit_codes: list[int],
    skips: dict[str, int],
    said: str,
    exit_code: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcomes = [dev.Outcome(dev.Step("step", []), code, 0.1) for code in exit_codes]
    assert dev.summarize(outcomes, Counter(skips)) == exit_code
    assert said in capsys.readouterr().out


def test_skips_are_counted_by_their_reason(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    assert dev.read_skips(report) == Counter()
    report.write_text(REPORT)
    assert dev.read_skips(report) == Counter({"no PostgreSQL": 2})


def test_every_step_runs_also_after_a_failure() -> None:
    steps = [
        dev.Step(code, [sys.executable, "-c", f"raise SystemExit({code})"]) for code in ["3", "0"]
    ]
    assert [outcome.exit_code for outcome in dev.run_steps(steps)] == [3, 0]


@pytest.mark.parametrize(
    ("python", "module", "usable"),
    [
        (Path(sys.executable), "ssl", True),
        (Path(sys.executable), "no_such_module", False),
        (Path("/nowhere/python"), "ssl", False),
    ],
)
def test_an_interpreter_is_tried_before_it_is_trusted(
    python: Path, module: str, usable: bool
) -> None:
    assert dev.is_usable(python, module=module) is usable


def test_ci_runs_the_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert 'exec "$python" dev.py test\n' in script
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=False).returncode == 0
