"""The structure of the OpenAPI document, without its texts, as digests.

`python -m tests.house.openapi_structure` writes `openapi_structure.json` from `openapi.json`. Run
it when the interface is meant to change; a change of words alone leaves every digest as it is.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.source import ROOT

STRUCTURE = Path(__file__).with_name("openapi_structure.json")
TEXTS = {"summary", "description", "title"}


def digest_structure(document: dict[str, Any]) -> dict[str, str]:
    """Return a digest of each operation and component by its path in the document."""
    parts: dict[str, Any] = {}
    for path, methods in document["paths"].items():
        parts.update({f"paths {path} {method}": part for method, part in methods.items()})
    for kind, components in document["components"].items():
        parts.update({f"components {kind} {name}": part for name, part in components.items()})
    rest = {name: part for name, part in document.items() if name not in {"paths", "components"}}
    return {name: _digest(part) for name, part in sorted((parts | {"rest": rest}).items())}


def _digest(part: Any) -> str:
    text = json.dumps(_strip_texts(part), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _strip_texts(part: Any) -> Any:
    """Return a part of the document without its texts; a property may well be named `title`."""
    if isinstance(part, list):
        return [_strip_texts(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        name: _strip_texts(value)
        for name, value in part.items()
        if not (name in TEXTS and isinstance(value, str))
    }


if __name__ == "__main__":
    document = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
    STRUCTURE.write_text(json.dumps(digest_structure(document), indent=1) + "\n", encoding="utf-8")
