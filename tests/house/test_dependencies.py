"""Declared and locked dependencies."""

import re
import sys
import tomllib
from itertools import chain

import pytest

from tests import source
from tests.source import ROOT, modules

SHIPPED = modules("app", "migrations")
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    declared = {re.split(">=", name)[0].replace("-", "_") for name in pinned}
    imported = set().union(*(source.packages_imported(path) for path in SHIPPED))
    ours = {"app", "migrations", *sys.stdlib_module_names}
    assert imported - ours - declared == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(
        r"^\s*(-i|-f|--index|--extra-index|--find-links)|/(root|home|tmp|Users)/", text
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_and_hashes_everything(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        assert re.match(r"[a-z0-9][a-z0-9.-]*==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line


def test_the_locks_agree() -> None:
    runtime, developers = (
        set(re.findall(r"^\S+==\S+", (ROOT / lock).read_text(), re.M)) for lock in LOCKS
    )
    assert runtime <= developers
