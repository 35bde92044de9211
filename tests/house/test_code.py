"""Conventions of the code that no linter knows: one test per rule, each lists all offenders."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from tests import source
from tests.source import ROOT, modules

OURS = [*modules("app", "benchmarks"), "dev.py"]
SHIPPED = modules("app", "migrations")
DOMAIN = [
    path
    for path in modules("app")
    if re.match(
        r"app/(values|vocab|models|query|history|record|aggregate|export|ingest/formats)/", path
    )
    or path.endswith("/service.py")
]

MOST_LINES = 400
LIMITS: list[tuple[str, Callable[[source.Function], int], int]] = [
    ("lines", source.length, 40),
    ("parameters", source.parameters, 6),
    ("levels of nesting", source.nesting, 3),
]
VAGUE_NAMES = {"util", "helper", "common", "misc"}
DIALECTS = {"sqlite", "postgresql", "postgres"}
OUTSIDE_WORLD = re.compile(
    r"datetime\.datetime\.(now|utcnow|today)|datetime\.date\.today|os\.(environ|getenv|urandom)\b.*"
    r"|time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|localtime|gmtime)"
    r"|random\.(?!Random\b)\w+|secrets\.\w+|uuid\.(uuid[14678]|getnode)"
)


def test_files_are_short() -> None:
    lengths = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in OURS}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_functions_are_small() -> None:
    offenders = [
        f"{path}:{function.lineno} {function.name} has {measure(function)} {unit}, not {limit}"
        for path in OURS
        for function in source.functions(path)
        for unit, measure, limit in LIMITS
        if measure(function) > limit
    ]
    assert offenders == []


def test_packages_have_a_docstring_and_nothing_else() -> None:
    packages = [path for path in SHIPPED if path.endswith("__init__.py")]
    trees = {path: source.parse(path) for path in packages}
    assert [
        path for path, tree in trees.items() if not ast.get_docstring(tree) or len(tree.body) != 1
    ] == []


def test_folders_of_modules_are_packages() -> None:
    folders = {PurePosixPath(path).parent for path in modules("app")}
    assert [folder for folder in folders if not (ROOT / folder / "__init__.py").exists()] == []


def test_file_names_are_not_vague() -> None:
    words = {
        path: {word.removesuffix("s") for word in re.split(r"[^a-z]+", path.removesuffix(".py"))}
        for path in OURS + modules("tests")
    }
    assert [path for path, parts in words.items() if parts & VAGUE_NAMES] == []


def test_only_the_database_layer_reads_the_dialect() -> None:
    assert [
        f"{path}:{node.lineno}"
        for path in SHIPPED
        if not path.startswith("app/db/")
        for node in ast.walk(source.parse(path))
        if isinstance(node, ast.expr) and asks_for_dialect(node)
    ] == []


def asks_for_dialect(node: ast.AST) -> bool:
    """Return whether a node reads a dialect's name or compares something with one."""
    if isinstance(node, ast.Attribute):
        owner = source.dotted_name(node.value).rpartition(".")[2]
        return (node.attr == "name" and owner == "dialect") or node.attr == "get_dialect"
    if isinstance(node, ast.Compare):
        compared = [node.left, *node.comparators]
        return any(names_dialect(part) for operand in compared for part in ast.walk(operand))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        starts = node.func.attr == "startswith"
        return starts and any(names_dialect(argument) for argument in node.args)
    return False


def names_dialect(node: ast.AST) -> bool:
    """Return whether a node is a literal that starts with a dialect's name."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    return re.split(r"[:+]", node.value)[0] in DIALECTS


def test_only_the_settings_read_the_environment() -> None:
    others = [path for path in SHIPPED if path != "app/settings.py"]
    assert list(find_uses(others, re.compile(r"os\.(environ|getenv)\b.*"))) == []


def test_the_domain_is_given_time_and_randomness() -> None:
    assert list(find_uses(DOMAIN, OUTSIDE_WORLD)) == []


def find_uses(paths: Iterable[str], pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield the places that use a name which matches a pattern."""
    for path in paths:
        for name, line in source.names_used(source.parse(path)):
            if pattern.fullmatch(name):
                yield f"{path}:{line} {name}"
