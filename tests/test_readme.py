"""README, queries and guide: their examples run against a served demo, with the output shown."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pytest

from app.resources.events.query import EventFilters
from app.settings import Settings
from app.values.dates import parse_date
from app.vocab.closed_lists import get_lists
from app.web.errors.validation_errors import list_field_names
from tests.source import ROOT, modules

README = (ROOT / "README.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
QUERIES = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
WRITTEN = QUERIES + README + GUIDE
"""The documents with examples, in the order of their execution."""

DOCS = sorted((ROOT / "docs").glob("*.md"))
WRITTEN_ADDRESS = "127.0.0.1:8000"
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
SOURCE_PATH = re.compile(r"`?\b((?:[\w-]+/)+[\w-]+\.(?:py|csv|json|toml))\b`?")
SETTING_ROW = re.compile(r"^\| `(ANNALS_\w+)` \| (.*?) \| (.*) \|$", re.MULTILINE)
RULE_ROW = re.compile(r"^\| \d \| `([a-z-]+)` \|", re.MULTILINE)
DATE_ROW = re.compile(r"^\| `(\S+)` \| .* \| (\d{4}\S*) \| (\S+) \|$", re.MULTILINE)
FILTER_ROW = re.compile(r"^\| (`[a-z_-]+`(?:, `[a-z_-]+`)*) \| ", re.MULTILINE)
ADDRESS = re.compile(r"running on http://(127\.0\.0\.1:\d+)")
NEXT = "\x1e"
PATIENCE = 300.0
"""Seconds for all examples; there is a process of its own for each `annals` among them."""

CHANGING = [
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b", "<id>"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "<instant>"),
    (r"\bannals_[0-9a-f]{16}_\w{43}\b", "<key>"),
    (r"\b[0-9a-f]{32}\b", "<trace>"),
    (r"\b[0-9a-f]{16}\b", "<key id>"),
    (r"\bp[a-z2-7]{13}\b", "<position>"),
    (r"(?<=\"next_cursor\":\")[^\"]+|(?<=cursor=)[\w-]+", "<cursor>"),
]
"""Values that differ each time: their form is compared, not their value."""


class Example(NamedTuple):
    """One command of the README and the answer shown under it."""

    line: int
    command: str
    shown: str


def read_examples(text: str) -> list[Example]:
    """Every command on a console, with what is shown under it."""
    found: list[Example] = []
    for block in CONSOLE.finditer(text):
        first = text.count("\n", 0, block.start()) + 2
        for number, line in enumerate(block[1].splitlines(), first):
            if line.startswith("$ "):
                found.append(Example(number, line[2:], ""))
            elif is_open(found[-1].command):
                found[-1] = found[-1]._replace(command=f"{found[-1].command}\n{line}")
            else:
                found[-1] = found[-1]._replace(shown=f"{found[-1].shown}\n{line}".strip())
    return found


def is_open(command: str) -> bool:
    """Return whether a command goes on in the next line, inside quotation marks."""
    return command.count("'") % 2 == 1


def masked(text: str) -> str:
    """The text without what is another each time."""
    for pattern, name in CHANGING:
        text = re.sub(pattern, name, text)
    return text


def pattern_of(shown: str) -> re.Pattern[str]:
    """Return the pattern of a shown answer: `…` is anything, on a line of its own any lines."""
    lines = (
        r"(?s:.*?)" if line == "…" else ".*?".join(map(re.escape, line.split("…")))
        for line in masked(shown).splitlines()
    )
    return re.compile("\n".join(lines))


EXAMPLES = read_examples(WRITTEN)


@contextmanager
def served(environment: dict[str, str], folder: Path) -> Iterator[str]:
    """A server on a free port; gives its address."""
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0"]
    with subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as server:
        assert server.stderr is not None
        try:
            found = (ADDRESS.search(line.decode()) for line in server.stderr)
            address = next((each[1] for each in found if each), None)
            assert address is not None, "the server ended before it listened"
            Thread(target=server.stderr.read, daemon=True).start()
            yield address
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The answers of all examples, which run in one shell, the README's before the guide's."""
    if not (curl := shutil.which("curl")):
        pytest.skip("no curl to run the README with")
    if "--json" not in subprocess.check_output([curl, "--help", "all"], text=True):
        pytest.skip("the curl here is older than 7.82, which the README needs")
    folder = tmp_path_factory.mktemp("readme")
    environment = prepare_folder(folder)
    for command in ("migrate", "demo"):
        subprocess.run(["annals", command], env=environment, cwd=folder, check=True)
    with served(environment, folder) as address:
        separator = f"\nprintf '%s' '{NEXT}'\n"
        script = separator.join(example.command for example in EXAMPLES)
        done = subprocess.run(
            ["bash", "-c", script.replace(WRITTEN_ADDRESS, address)],
            env=environment,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            text=True,
            check=False,
        )
    return done.stdout.replace(address, WRITTEN_ADDRESS).split(NEXT)


def prepare_folder(folder: Path) -> dict[str, str]:
    """Make a place like a checkout, with this Python's `annals`; give its environment."""
    (folder / "tests").symlink_to(ROOT / "tests")
    (folder / "bin").mkdir()
    python = shlex.quote(sys.executable)
    for name, command in {"python3": python, "annals": f"{python} -m app.cli"}.items():
        script = folder / "bin" / name
        script.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANNALS_")}
    path = f"{folder / 'bin'}{os.pathsep}{kept['PATH']}"
    return {**kept, "PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(folder), "COLUMNS": "100"}


def test_the_examples_answer_what_they_show(answers: list[str]) -> None:
    """One test, since a test for each would have every worker serve a demo of its own."""
    assert len(answers) == len(EXAMPLES)
    wrong = [
        f"line {example.line}: {example.command}\nanswers:\n{answer}"
        for example, answer in zip(EXAMPLES, map(tidied, answers), strict=True)
        if not pattern_of(example.shown).fullmatch(answer)
    ]
    assert not wrong, "\n\n".join(wrong)


def tidied(answer: str) -> str:
    """An answer as it looks on a console, without what is another each time."""
    return masked(answer.replace("\r", "").strip())


def written(default: object) -> str:
    """A setting's default as the table writes it."""
    if default in (None, ()):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_the_settings_are_all_there() -> None:
    assert [row.groups() for row in SETTING_ROW.finditer(OPERATIONS)] == [
        (f"ANNALS_{name.upper()}", written(field.default), field.description)
        for name, field in Settings.model_fields.items()
    ]


def test_the_rules_are_all_there() -> None:
    rules = [term.value for term in get_lists()["verification-rules"]]
    assert RULE_ROW.findall(WRITTEN) == rules


def test_the_filters_are_all_there() -> None:
    told = {name for row in FILTER_ROW.findall(QUERIES) for name in re.findall(r"`([\w-]+)`", row)}
    assert told == list_field_names([EventFilters])


def test_the_folders_are_all_there() -> None:
    folders = {path.parent.name for path in (ROOT / "app").glob("*/__init__.py")}
    layout = re.findall(r"\b(\w+)/", CONTRIBUTING.partition("## Layout")[2].partition("```\n")[2])
    assert folders <= set(layout)


@pytest.mark.parametrize(("text", "earliest", "latest"), DATE_ROW.findall(WRITTEN))
def test_a_date_means_what_the_table_says(text: str, earliest: str, latest: str) -> None:
    date = parse_date(text)
    assert (str(date.earliest_on), str(date.latest_on).lower()) == (earliest, latest)


def test_the_demo_has_what_is_promised() -> None:
    lines = (ROOT / "app" / "demo" / "russia-dprk.ndjson").read_text(encoding="utf-8")
    events, claims = (lines.count(f'{{"kind": "{kind}"') for kind in ("event", "claim"))
    assert f"{events} events, {claims} claims" in README


@pytest.mark.parametrize("code", PYTHON.findall(WRITTEN + CONTRIBUTING + ARCHITECTURE))
def test_code_that_is_shown_is_in_the_source(code: str) -> None:
    assert any(code in (ROOT / path).read_text(encoding="utf-8") for path in modules("app"))


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", *(f"docs/{path.name}" for path in DOCS)]
)
def test_a_link_leads_somewhere(page: str) -> None:
    place = ROOT / page
    links = LINK.findall(place.read_text(encoding="utf-8"))
    assert [link for link in links if not (place.parent / link).is_file()] == []


@pytest.mark.parametrize(
    "page", ["CONTRIBUTING.md", "architecture.md", "decisions.md", "design.md"]
)
def test_the_source_files_named_are_there(page: str) -> None:
    text = next(path for path in (ROOT / page, ROOT / "docs" / page) if path.is_file()).read_text()
    named = {path for path in SOURCE_PATH.findall(text) if "<" not in path}
    roots = (ROOT, ROOT / "app")
    assert [
        path for path in sorted(named) if not any((root / path).exists() for root in roots)
    ] == []


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 300
