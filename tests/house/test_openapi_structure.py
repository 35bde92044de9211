"""The HTTP interface keeps its structure when only its words change."""

import json

from tests.house.openapi_structure import STRUCTURE, digest_structure
from tests.source import ROOT


def test_the_interface_changes_on_purpose_only() -> None:
    document = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
    found = digest_structure(document)
    expected = json.loads(STRUCTURE.read_text(encoding="utf-8"))
    changed = {name for name in found.keys() | expected if found.get(name) != expected.get(name)}
    assert changed == set(), "if this is meant: python -m tests.house.openapi_structure"


def test_texts_do_not_count() -> None:
    def document(summary: str, kind: str) -> dict[str, object]:
        operation = {
            "summary": summary,
            "parameters": [{"name": "title", "schema": {"type": kind}}],
        }
        return {"paths": {"/x": {"get": operation}}, "components": {"schemas": {}}, "info": {}}

    assert digest_structure(document("a", "string")) == digest_structure(document("b", "string"))
    assert digest_structure(document("a", "string")) != digest_structure(document("a", "integer"))
