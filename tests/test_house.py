"""The conventions of the code, where no linter knows them."""

import ast
import re
import sys
import tomllib
from collections.abc import Callable
from itertools import chain
from pathlib import PurePosixPath

import pytest

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
LOCKS = ["requirements.lock", "requirements-dev.lock"]

LIMITS: list[tuple[str, Callable[[source.Function], int], int]] = [
    ("lines", source.length, 40),
    ("parameters", source.parameters, 6),
    ("levels of nesting", source.nesting, 3),
]
SAYING_NOTHING = {"util", "helper", "common", "misc"}
DIALECTS = {"sqlite", "postgresql", "postgres"}
OUTSIDE_WORLD = re.compile(
    r"datetime\.datetime\.(now|utcnow|today)|datetime\.date\.today|os\.(environ|getenv|urandom)\b.*"
    r"|time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|localtime|gmtime)"
    r"|random\.(?!Random\b)\w+|secrets\.\w+|uuid\.(uuid[14678]|getnode)"
)

# Who reads what has names asks who sees it, or says here why nobody's sight matters.
NAMED = {
    *("actors", "sources", "datasets", "former_slugs", "import_slugs"),
    *("actor_names", "actor_codes", "name_keys"),
}
SEEING = {"app.query.visibility", "app.record.reference_records.visible_slugs"}
BLIND = {
    "app/aggregate/network.py": "kinds of actors that events which are seen name",
    "app/aggregate/network_nodes.py": "names of actors that events which are seen name",
    "app/demo/demo_loader.py": "the operator's command",
    "app/ingest/writing/ensure_named_records.py": "whether an import's dataset is private",
    "app/query/table_view.py": "which rows stood; who asks for them asks who sees them",
    "app/query/visibility.py": "says itself who sees",
    "app/record/prefetch.py": "the state of a record that was found",
    "app/record/reference_records/name_keys.py": "the keys of a record that was found",
    "app/record/document_names.py": "the names in a document that is written",
    "app/record/links/propagation.py": "what rests on a record that was found",
    "app/record/versioned_rows.py": "rows that were found, and their past",
    "app/record/links/slug_merges.py": "what rests on a record that was found",
    "app/record/claim_statements.py": "how a document that is written is judged",
    "app/resources/actors/resource_type.py": "the compiler of questions asks who sees a noun",
    "app/resources/actors/query.py": "parts of a question, whose compiler asks",
    "app/resources/actors/seeding.py": "the vocabulary's own, which everybody sees",
    "app/resources/actors/service.py": "whether something rests on a record that was found",
    "app/resources/datasets/resource_type.py": "the compiler of questions asks who sees a noun",
    "app/resources/datasets/service.py": "whether something rests on a record that was found",
    "app/resources/keys/service.py": "an administrator's, who sees everything",
    "app/resources/sources/resource_type.py": "the compiler of questions asks who sees a noun",
    "app/resources/sources/service.py": "whether something rests on a record that was found",
    "app/maintenance/check/check_reference_records.py": "the operator's command",
    "app/resources/questions/service.py": "which datasets are private, to publish nothing of them",
}


@pytest.mark.parametrize("path", OURS)
def test_a_file_is_short(path: str) -> None:
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", OURS)
def test_functions_are_small(path: str) -> None:
    too_much = [
        f"{path}:{function.lineno} {function.name} has {measure(function)} {what}, not {limit}"
        for function in source.functions(path)
        for what, measure, limit in LIMITS
        if measure(function) > limit
    ]
    assert too_much == []


@pytest.mark.parametrize("path", [path for path in SHIPPED if path.endswith("__init__.py")])
def test_a_package_says_what_it_is_and_nothing_else(path: str) -> None:
    tree = source.parse(path)
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


@pytest.mark.parametrize("path", OURS + modules("tests"))
def test_a_name_says_what_is_inside(path: str) -> None:
    words = re.split(r"[^a-z]+", path.removesuffix(".py"))
    assert SAYING_NOTHING.isdisjoint(word.removesuffix("s") for word in words)


@pytest.mark.parametrize("path", [path for path in SHIPPED if not path.startswith("app/db/")])
def test_only_the_database_layer_asks_for_the_dialect(path: str) -> None:
    asked = [
        f"{path}:{node.lineno}"
        for node in ast.walk(source.parse(path))
        if isinstance(node, ast.expr) and asks_for_dialect(node)
    ]
    assert asked == []


def asks_for_dialect(node: ast.AST) -> bool:
    """Whether a node reads a dialect's name or compares something with one."""
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
    """Whether a node is a literal that starts with a dialect's name."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    return re.split(r"[:+]", node.value)[0] in DIALECTS


@pytest.mark.parametrize("path", [path for path in SHIPPED if path != "app/settings.py"])
def test_only_the_settings_read_the_environment(path: str) -> None:
    read = [
        f"{path}:{line} {name}"
        for name, line in source.names_used(source.parse(path))
        if re.match(r"os\.(environ|getenv)\b", name)
    ]
    assert read == []


@pytest.mark.parametrize("path", DOMAIN)
def test_the_domain_is_told_the_time_and_the_dice(path: str) -> None:
    used = {
        f"{path}:{line} {name}"
        for name, line in source.names_used(source.parse(path))
        if OUTSIDE_WORLD.fullmatch(name)
    }
    assert used == set()


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


def test_everything_that_is_shipped_is_in_a_package() -> None:
    folders = {PurePosixPath(path).parent for path in modules("app")}
    assert [folder for folder in folders if not (ROOT / folder / "__init__.py").exists()] == []


def imported(path: str) -> set[tuple[str, str]]:
    """The modules that a file imports from, with what."""
    found = ast.walk(source.parse(path))
    statements = [node for node in found if isinstance(node, ast.ImportFrom) and node.module]
    return {(str(node.module), name.name) for node in statements for name in node.names}


def reads_names(path: str) -> bool:
    """Whether a file has a table of what has names at hand."""
    names = imported(path)
    by_noun = ("app.query.slug_redirects", "TABLES") in names
    return by_noun or any(
        module.startswith("app.models.") and name in NAMED for module, name in names
    )


READING = [path for path in modules("app") if "/models/" not in path and reads_names(path)]


@pytest.mark.parametrize("path", READING)
def test_whoever_reads_names_asks_who_sees_them(path: str) -> None:
    asks = bool(SEEING & {module for module, _ in imported(path)})
    assert asks != (path in BLIND), (
        "ask query/visibility.py or record/reference_records/visible_slugs.py, or say in BLIND why"
    )


def test_nothing_is_let_off_that_is_not_there() -> None:
    assert BLIND.keys() <= set(READING)
