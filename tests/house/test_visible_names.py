"""Every reader of a table of names checks visibility, or is listed with its reason."""

import ast

from tests import source
from tests.source import modules

# Reading a table of names takes a visibility check, or a reason here for doing without.
NAMED = {
    *("actors", "sources", "datasets", "former_slugs", "import_slugs"),
    *("actor_names", "actor_codes", "name_keys"),
}
SEEING = {"app.query.visibility", "app.record.reference_records.visible_slugs"}
BLIND = {
    "app/aggregate/network.py": "kinds and names of actors that events which are seen name",
    "app/demo/demo_loader.py": "the operator's command",
    "app/ingest/writing/ensure_named_records.py": "whether an import's dataset is private",
    "app/query/table_view.py": "which rows stood; who asks for them asks who sees them",
    "app/query/visibility.py": "says itself who sees",
    "app/record/prefetch.py": "names and source profiles of a document that is written",
    "app/record/reference_records/name_keys.py": "the keys of a record that was found",
    "app/record/links/propagation.py": "what rests on a record that was found",
    "app/record/links/slug_merges.py": "what rests on a record that was found",
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


def imported(path: str) -> set[tuple[str, str]]:
    """Return the modules that a file imports from, each with what it imports."""
    found = ast.walk(source.parse(path))
    statements = [node for node in found if isinstance(node, ast.ImportFrom) and node.module]
    return {(str(node.module), name.name) for node in statements for name in node.names}


def reads_names(path: str) -> bool:
    """Return whether a file imports a table of names."""
    names = imported(path)
    by_noun = ("app.query.redirects", "TABLES") in names
    return by_noun or any(
        module.startswith("app.models.") and name in NAMED for module, name in names
    )


READING = [path for path in modules("app") if "/models/" not in path and reads_names(path)]


def test_readers_of_names_check_visibility() -> None:
    unchecked = {path for path in READING if not SEEING & {module for module, _ in imported(path)}}
    assert unchecked == BLIND.keys(), (
        "ask query/visibility.py or record/reference_records/visible_slugs.py, or say in BLIND why"
    )
