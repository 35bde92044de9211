"""Reads the project's own source for the tests that hold it to the conventions."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(*folders: str) -> list[str]:
    """Return the Python files below these folders, as paths relative to the repository."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


@cache
def parse(path: str) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), path)


def functions(path: str) -> Iterator[Function]:
    """Yield every function and method of a file, nested ones too."""
    for node in ast.walk(parse(path)):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Count the lines from `def` to the end, without the docstring, which may be reference text."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def parameters(function: Function) -> int:
    """Count the parameters that a caller passes: all but `self` and `cls`."""
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return sum(argument.arg not in {"self", "cls"} for argument in named)


def nesting(function: Function) -> int:
    """Return the depth of nested blocks in a function; `elif` is no deeper than its `if`."""
    return max((depth_of(statement) for statement in function.body), default=0)


def depth_of(node: ast.AST) -> int:
    """Return the depth of blocks at and below a node, not counting those of nested functions."""
    if isinstance(node, Function | ast.ClassDef | ast.Lambda):
        return 0
    below = ast.iter_child_nodes(node)
    deepest = max((depth_of(child) - is_elif(node, child) for child in below), default=0)
    return deepest + isinstance(node, BLOCKS)


def is_elif(node: ast.AST, child: ast.AST) -> bool:
    """Return whether `child` is written as the `elif` of `node`."""
    return isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]


def names_used(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the imported names that a file uses, by their full dotted names, and the lines."""
    imported = dict(imported_names(tree))
    for node in ast.walk(tree):
        dotted = dotted_name(node)
        first, _, rest = dotted.partition(".")
        if first in imported:
            yield f"{imported[first]}.{rest}".rstrip("."), getattr(node, "lineno", 0)


def imported_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each imported name: (name in this file, full dotted name)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.partition(".")[0]
                yield alias.asname or whole, whole
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def dotted_name(node: ast.AST) -> str:
    """Return `a.b.c` as text, empty for anything that is not a chain of names."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted_name(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def packages_imported(path: str) -> set[str]:
    """Return the top-level packages that a file imports."""
    found: set[str] = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found
