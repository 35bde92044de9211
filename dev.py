"""Setup and commands for a checkout of Annals; they need nothing but Python 3.11.

python3 dev.py serve    create the environment, migrate, load the demo dataset and serve it
python3 dev.py test     create the environment and run every check that CI runs
python3 dev.py lint     run the checks that run no code: ruff, mypy, import-linter
python3 dev.py bench    run the benchmarks, in the developers' environment
python3 dev.py torture  run the tests that take many minutes, each from a seed that it prints
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST_PYTHON = (3, 11)
RUNTIME_LOCK = ROOT / "requirements.lock"
DEVELOPERS_LOCK = ROOT / "requirements-dev.lock"
TEST_REPORT = VENV / "test-report.xml"
TYPED = ("app", "migrations", "benchmarks", "tests", "dev.py")
SLOWEST = ("--durations=20", "--durations-min=1")
TORTURE = ["tests/api/differential"]
TORTURE_QUESTIONS = "6000"
"""The number of queries of each kind; `test` asks some hundreds."""

INTERRUPTED = 130
PATIENCE = 20.0
"""Seconds that an interrupted step has for cleaning up."""


class Stop(Exception):
    """An error that ends the command; its text gives the reason and a remedy."""


@dataclass(frozen=True)
class Step:
    """A check: its name and its command."""

    name: str
    command: list[str]


@dataclass(frozen=True)
class Outcome:
    """The exit code of a step, and the seconds that it took."""

    step: Step
    exit_code: int
    seconds: float


# The environment


def prepare_environment(lock: Path) -> None:
    """Install what `lock` pins and Annals itself into `.venv`, unless that is done already."""
    stamp = VENV / f".{lock.name}.installed"
    wanted = fingerprint(lock)
    if is_usable(PYTHON) and stamp.is_file() and stamp.read_text() == wanted:
        return
    installer = find_installer()
    print(f"Installing {lock.name} into {VENV.name} …", flush=True)
    for command in (
        [*installer, "--require-hashes", "-r", str(lock)],
        [*installer, "--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    ):
        if run(command) != 0:
            raise Stop(f"Could not install what {lock.name} pins: see above.")
    stamp.write_text(wanted)


def fingerprint(lock: Path) -> str:
    """Return the hash of all that the environment depends on."""
    made_from = lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()
    return hashlib.sha256(made_from).hexdigest()


def find_installer() -> list[str]:
    """Return the command that installs into `.venv`, which is created if needed: uv's, or pip's."""
    uv = shutil.which("uv")
    if uv:
        if not is_usable(PYTHON):
            make([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)])
        return [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
    if not is_usable(PYTHON, module="pip"):
        if (
            importlib.util.find_spec("venv") is None
            or importlib.util.find_spec("ensurepip") is None
        ):
            version = f"{sys.version_info[0]}.{sys.version_info[1]}"
            raise Stop(
                f"{sys.executable} cannot create environments: its venv or ensurepip is missing.\n"
                f"On Debian and Ubuntu: apt install python{version}-venv. Or install uv."
            )
        make([sys.executable, "-m", "venv", "--clear", str(VENV)])
    return [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]


def make(command: list[str]) -> None:
    """Run the command that creates `.venv`."""
    print(f"Creating {VENV.name} with {sys.executable} …", flush=True)
    if run(command) != 0:
        raise Stop(f"Could not create {VENV}: see above.")


def is_usable(python: Path, *, module: str = "ssl") -> bool:
    """Return whether the interpreter starts, is new enough and has the module."""
    check = f"import sys, {module}; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    try:
        return (
            subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0
        )
    except OSError:
        return False


# Running


def run(command: list[str]) -> int:
    """Run a command in the repository and return its exit code; on Ctrl-C wait for its end."""
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.terminate()
            raise


def run_steps(steps: list[Step]) -> list[Outcome]:
    """Run every step, even after a failure, and print the name of each as it starts."""
    outcomes = []
    for step in steps:
        print(f"\n── {step.name} ──", flush=True)
        started = time.monotonic()
        exit_code = run(step.command)
        outcomes.append(Outcome(step, exit_code, time.monotonic() - started))
    return outcomes


def summarize(outcomes: list[Outcome], not_run: Counter[str]) -> int:
    """Print what ran, failed or could not be run, and return the exit code."""
    print("\n── Summary ──")
    for outcome in outcomes:
        verdict = "passed" if outcome.exit_code == 0 else f"FAILED ({outcome.exit_code})"
        print(f"{outcome.step.name:<22} {verdict:<12} {outcome.seconds:6.1f} s")
    for reason, count in not_run.most_common():
        print(f"not run: {count} test{'s' if count > 1 else ''}: {reason}")
    if not not_run:
        print("Everything could be run.")
    return 1 if any(outcome.exit_code for outcome in outcomes) else 0


def read_skips(report: Path) -> Counter[str]:
    """Count the skipped tests by reason, from pytest's JUnit report."""
    if not report.is_file():
        return Counter()
    skipped = ElementTree.parse(report).iter("skipped")
    return Counter(skip.get("message", "no reason given") for skip in skipped)


# Commands


def serve(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Migrate, load the demo dataset and serve; settings are passed on in the environment."""
    prepare_environment(RUNTIME_LOCK)
    given = {
        "ANNALS_DATABASE_URL": arguments.database_url,
        "ANNALS_HOST": arguments.host,
        "ANNALS_PORT": arguments.port,
    }
    os.environ.update({name: value for name, value in given.items() if value is not None})
    annals = str(VENV / "bin" / "annals")
    for command in ("migrate", "demo"):
        if run([annals, command]) != 0:
            raise Stop(f"`annals {command}` failed: see above.")
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(annals, [annals, "serve", *rest])


def test(_: argparse.Namespace, rest: list[str]) -> int:
    """Run the static checks and the tests; further arguments go to pytest."""
    prepare_environment(DEVELOPERS_LOCK)
    TEST_REPORT.unlink(missing_ok=True)
    pytest = [str(PYTHON), "-m", "pytest", "-n", "2", *SLOWEST, f"--junit-xml={TEST_REPORT}", *rest]
    outcomes = run_steps([*list_static_checks(), Step("pytest", pytest)])
    return summarize(outcomes, read_skips(TEST_REPORT))


def lint(_: argparse.Namespace, rest: list[str]) -> int:
    """Run the static checks alone."""
    if rest:
        raise Stop(f"lint takes no arguments: {' '.join(rest)}")
    prepare_environment(DEVELOPERS_LOCK)
    return summarize(run_steps(list_static_checks()), Counter())


def bench(_: argparse.Namespace, rest: list[str]) -> int:
    """Run the benchmarks; further arguments go to them."""
    prepare_environment(DEVELOPERS_LOCK)
    return run([str(PYTHON), "-m", "benchmarks", *rest])


def torture(_: argparse.Namespace, rest: list[str]) -> int:
    """Run the long tests; ANNALS_TEST_SEED sets the seed, further arguments go to pytest."""
    prepare_environment(DEVELOPERS_LOCK)
    seed = os.environ.setdefault("ANNALS_TEST_SEED", str(time.time_ns() % 10**9))
    os.environ.setdefault("ANNALS_TEST_QUESTIONS", TORTURE_QUESTIONS)
    print(f"seed {seed}", flush=True)
    pytest = [str(PYTHON), "-m", "pytest", "-n", "2", *(rest or TORTURE)]
    return summarize(run_steps([Step("torture", pytest)]), Counter())


def list_static_checks() -> list[Step]:
    """Return the checks that run no code of ours."""
    tools = VENV / "bin"
    typed = [name for name in TYPED if (ROOT / name).exists()]
    return [
        Step("ruff check", [str(tools / "ruff"), "check", "."]),
        Step("ruff format --check", [str(tools / "ruff"), "format", "--check", "."]),
        Step("mypy --strict", [str(PYTHON), "-m", "mypy", "--strict", *typed]),
        Step("lint-imports", [str(tools / "lint-imports")]),
    ]


COMMANDS = {"serve": serve, "test": test, "lint": lint, "bench": bench, "torture": torture}


def read_arguments(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return the command with its options, and the arguments that are left over."""
    parser = argparse.ArgumentParser(
        prog="dev.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        subparser = commands.add_parser(name, help=command.__doc__, allow_abbrev=False)
        if name == "serve":
            subparser.add_argument("--host", help="the address to listen on (127.0.0.1)")
            subparser.add_argument("--port", help="the port to listen on (8000)")
            subparser.add_argument("--database-url", help="the database (sqlite:///annals.db)")
    return parser.parse_known_args(arguments)


def main() -> int:
    """Run the command named on the command line."""
    if sys.version_info < OLDEST_PYTHON:
        raise Stop(f"Annals needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    arguments, rest = read_arguments(sys.argv[1:])
    return COMMANDS[arguments.command](arguments, rest)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Stop as stop:
        sys.exit(f"dev.py: {stop}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
