"""Every read is planned before it is run."""

import re

from tests.source import ROOT, modules

BUILDERS = re.compile(r"\bbuild_(?:page|documents|count|datasets)\b")
PLANNED = re.compile(r"\bPlannedQuery\(")


def find_files(pattern: re.Pattern[str]) -> set[str]:
    """Return the files of the application that match."""
    return {
        path for path in modules("app") if pattern.search((ROOT / path).read_text(encoding="utf-8"))
    }


def test_only_execute_builds_the_select_of_a_query() -> None:
    assert find_files(BUILDERS) == {"app/query/compile.py", "app/query/execute.py"}


def test_only_plan_makes_a_planned_query() -> None:
    assert find_files(PLANNED) == {"app/query/planning.py"}
