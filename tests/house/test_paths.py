"""Source files that docstrings and comments name exist; `test_readme.py` checks the papers."""

import re

from tests.source import ROOT, modules

NAMED_FILE = re.compile(r"(?<![\w/.-])((?:[a-z0-9_]+/)+[a-z0-9_]+\.py)\b")


def test_named_files_exist() -> None:
    missing = [
        f"{path}: {name}"
        for path in modules("app", "tests", "migrations", "benchmarks")
        for name in NAMED_FILE.findall((ROOT / path).read_text(encoding="utf-8"))
        if not any((ROOT / folder / name).exists() for folder in ("", "app", "tests"))
    ]
    assert missing == []
