"""Tests wait for conditions and never for time."""

import ast
import re

from tests import source
from tests.source import modules

CLOCK = re.compile(r"time\.(time|monotonic|perf_counter|process_time)(_ns)?")
WAITING = "tests/waiting.py"


def test_no_assertion_reads_a_clock() -> None:
    assert [
        f"{path}:{node.lineno}"
        for path in modules("tests")
        for node in ast.walk(source.parse(path))
        if isinstance(node, ast.Assert) and any(map(reads_clock, ast.walk(node)))
    ] == []


def test_loops_wait_with_until() -> None:
    assert [
        f"{path}:{loop.lineno}"
        for path in modules("tests")
        if path != WAITING
        for loop in ast.walk(source.parse(path))
        if isinstance(loop, ast.While) and any(map(pauses, ast.walk(loop)))
    ] == []


def reads_clock(node: ast.AST) -> bool:
    """Return whether a node calls a clock."""
    return isinstance(node, ast.Call) and bool(CLOCK.fullmatch(source.dotted_name(node.func)))


def pauses(node: ast.AST) -> bool:
    """Return whether a node sleeps for some time; `sleep(0)` only lets other tasks run."""
    if not isinstance(node, ast.Call):
        return False
    name = source.dotted_name(node.func).rpartition(".")[2]
    return name == "sleep" and ast.unparse(node.args[0]) != "0"
