"""The tree can be read from outside: few files a folder, and one meaning per name."""

import ast
from collections import Counter, defaultdict
from pathlib import PurePosixPath

from tests import source
from tests.source import modules

FILES = [path for path in modules("app") if not path.endswith("__.py")]
MOST_FILES = 17

ROLES = {"routes", "schemas", "query", "service", "params"}
"""Names that say which part of a resource a file is; each resource may have its own."""

REPEATED = {
    "backup": "a command's file is named by its word; the other does the work",
    "purge": "a command's file is named by its word; the other does the work",
    "handlers": "what the routes of a resource call, where that is more than a line",
    "resource_type": "a resource's description for the query compiler; the type itself in query/",
    "keys": "API keys: the table, and how they are checked",
    "main": "the application, and the command line",
}
"""Every other repetition of a file name, with the reason for it."""

HOMONYMS: dict[str, str] = {}
"""Every repetition of a class name, with the reason for it."""


def test_folders_are_small() -> None:
    sizes = Counter(PurePosixPath(path).parent.as_posix() for path in FILES)
    assert {folder: size for folder, size in sizes.items() if size > MOST_FILES} == {}


def test_a_file_name_means_one_thing() -> None:
    places = defaultdict(list)
    for path in FILES:
        places[PurePosixPath(path).stem].append(path)
    repeated = {name: paths for name, paths in places.items() if len(paths) > 1}
    assert {
        name: paths
        for name, paths in repeated.items()
        if name not in ROLES | REPEATED.keys() | _resources()
    } == {}
    assert REPEATED.keys() <= repeated.keys()


def test_a_class_name_means_one_thing() -> None:
    places = defaultdict(list)
    for path in FILES:
        for node in source.parse(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path)
    repeated = {name: paths for name, paths in places.items() if len(paths) > 1}
    assert {name: paths for name, paths in repeated.items() if name not in HOMONYMS} == {}
    assert HOMONYMS.keys() <= repeated.keys()


def _resources() -> set[str]:
    """Return the names of the resources, which are nouns and may name a file of each layer."""
    return {path.split("/")[2] for path in FILES if path.startswith("app/resources/")}
