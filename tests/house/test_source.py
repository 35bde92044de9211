"""Measures of code, checked on examples that can be counted by hand."""

import ast

import pytest

from tests import source
from tests.house.test_code import asks_for_dialect


def function(text: str) -> source.Function:
    """The first function in a piece of code."""
    parsed = ast.parse(text).body[0]
    assert isinstance(parsed, source.Function)
    return parsed


@pytest.mark.parametrize(
    ("code", "lines", "parameters", "nesting"),
    [
        ("def f(): ...", 1, 0, 0),
        ('def f(a, b):\n    """Says\n    more."""\n    return a', 2, 2, 0),
        ("def f(self, a, /, b, *, c):\n    if a:\n        return b\n    return c", 4, 3, 1),
        (
            "def f(a):\n    if a:\n        ...\n    elif a:\n        ...\n    elif a:\n        ...",
            7,
            1,
            1,
        ),
        (
            "def f(a):\n    for b in a:\n        if b:\n            with b:\n                ...",
            5,
            1,
            3,
        ),
        ("def f():\n    def g(a):\n        if a:\n            ...\n    return g", 5, 0, 0),
        (
            "async def f(a):\n    try:\n        async for b in a: ...\n    finally: ...",
            4,
            1,
            2,
        ),
    ],
)
def test_functions_are_measured(code: str, lines: int, parameters: int, nesting: int) -> None:
    measured = function(code)
    assert source.length(measured) == lines
    assert source.parameters(measured) == parameters
    assert source.nesting(measured) == nesting


@pytest.mark.parametrize(
    ("code", "asks"),
    [
        ("bind.dialect.name", True),
        ("self.connection.dialect.name", True),
        ("kind == 'sqlite'", True),
        ("kind in ('sqlite', 'oracle')", True),
        ("url.startswith('postgresql+asyncpg:')", True),
        ("'sqlite:///annals.db'", False),
        ("actor.name == 'Sqlite'", False),
    ],
)
def test_questions_for_the_dialect_are_seen(code: str, asks: bool) -> None:
    assert any(asks_for_dialect(node) for node in ast.walk(ast.parse(code))) is asks


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (
            "from datetime import datetime as d\nd.now(UTC)",
            {"datetime.datetime", "datetime.datetime.now"},
        ),
        ("import os.path\nos.environ['A']", {"os", "os.environ"}),
        ("from uuid import uuid4\nfield(default_factory=uuid4)", {"uuid.uuid4"}),
        ("import time\nclass A:\n    time = 1\nA.time", {"time"}),
    ],
)
def test_names_are_traced_to_their_import(code: str, names: set[str]) -> None:
    assert {name for name, _ in source.names_used(ast.parse(code))} == names
