"""Every GET of the reference with many parameters, made from one seed."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from tests.api.differential.material import HIDDEN

Document = Mapping[str, Any]

FILTERS = (
    "tag = 'geheim'",
    "actor = 'nightjar'",
    "source = 'umbra-wire'",
    "dataset = 'umbra'",
    "title LIKE 'Zwischen%'",
    "actor = 'PRK' AND NOT (tag = 'geheim')",
    "fatalities > 2 OR verification = 'disputed'",
    "external_id = 'geheim/1'",
)
KINDS = {
    "id": "event",
    "event_id": "event",
    "event": "event",
    "winner": "event",
    "from": "event",
    "to": "event",
    "claim_id": "claim",
    "relation_id": "relation",
    "merge_id": "merge",
    "slug": "actor",
    "actor": "actor",
    "actor_all": "actor",
    "speaker": "actor",
    "speaks_for": "actor",
    "source": "source",
    "origin": "source",
    "owner": "source",
    "dataset": "dataset",
}
VALUES: Mapping[str, Sequence[str]] = {
    "q": ("meet", "Zwischenfall", "nightjar", "geheim", "kim", "night", "leaders meet"),
    "name": ("Nightjar", "Kim", "nightingale"),
    "tag": ("visit", "geheim"),
    "code": ("cameo:042", "cameo:geheim"),
    "external_id": ("open/1", "geheim/1"),
    "dyad": ("PRK,RUS", "nightjar,RUS", "kim-jong-un,RUS"),
    "country": ("PRK", "RUS"),
    "since": ("2024-01-01", "2023-01-01"),
    "until": ("2024-07-01", "2026-01-01"),
    "updated_since": ("2026-01-01T00:00:00Z",),
    "bbox": ("120,30,135,45", "170,-10,-170,10"),
    "near": ("125.75,39.03,50",),
    "within": ("POLYGON((124 37, 131 37, 131 43, 124 43, 124 37))",),
    "filter": FILTERS,
    "as_of": ("now",),
    "known_by": ("2024-06-20", "2030-01-01"),
    "limit": ("1", "2", "3", "1000"),
    "zoom": ("0", "3", "8"),
    "by": ("type", "actor", "source", "tag", "dataset", "month", "country,verification", "code"),
    "code_or_name": ("Nightjar", "PRK"),
    "suffix": ("csv", "ndjson", "geojson"),
    "revision": ("1", "2", "3"),
    "text": ("Nightjar", "Kim", "geheim", "North Korea"),
    "url": ("https://example.org/geheim",),
}
LEFT_OUT = {"cursor", "after", "question_id", "import_id"}
"""Requests for things that the server makes: next pages, and queries and imports of strangers."""

OFTEN = {"as_of", "known_by", "filter", "q", "include", "count", "limit", "by"}


class Questions:
    """Makes targets; `known` are ids and slugs, those of private records among them."""

    def __init__(self, document: Document, known: Mapping[str, Sequence[str]], seed: int) -> None:
        self._document = document
        self._known = known
        self._dice = Random(seed)

    def each_path(self) -> Iterator[str]:
        """One target for each of the paths that can be read, and each record that it may name."""
        for path, operation in self._gets():
            names = [each["name"] for each in operation if each["in"] == "path"]
            if any(name in LEFT_OUT for name in names):
                continue
            required = [each for each in operation if each["in"] == "query" and each["required"]]
            for values in self._paths(path, names):
                yield self._target(path, values, required)

    def some(self, number: int) -> Iterator[str]:
        """Targets with parameters by chance."""
        gets = [
            (path, operation)
            for path, operation in self._gets()
            if not any(each["name"] in LEFT_OUT for each in operation if each["in"] == "path")
        ]
        weights = [1 + len(operation) for _, operation in gets]
        for _ in range(number):
            ((path, operation),) = self._dice.choices(gets, weights)
            names = [each["name"] for each in operation if each["in"] == "path"]
            values = self._dice.choice(list(self._paths(path, names)))
            asked = [
                each
                for each in operation
                if each["in"] == "query" and (each["required"] or self._is_asked(each["name"]))
            ]
            yield self._target(path, values, asked)

    def _gets(self) -> Iterator[tuple[str, list[Document]]]:
        for path, methods in self._document["paths"].items():
            if path.startswith("/v1") and "get" in methods:
                yield path, list(methods["get"].get("parameters", ()))

    def _is_asked(self, name: str) -> bool:
        return name not in LEFT_OUT and self._dice.random() < (0.25 if name in OFTEN else 0.1)

    def _paths(self, path: str, names: Sequence[str]) -> list[dict[str, str]]:
        values: list[dict[str, str]] = [{}]
        for name in names:
            pool = self._pool(name, path)
            values = [{**before, name: value} for before in values for value in pool]
        return values

    def _pool(self, name: str, path: str) -> Sequence[str]:
        kind = KINDS.get(name)
        if name in {"slug", "id"} or (kind is None and name.endswith("_id")):
            noun = path.split("/")[2].removesuffix("s")
            kind = noun if noun in self._known else kind
        if kind is not None:
            return self._known[kind]
        return VALUES.get(name, ("1",))

    def _target(self, path: str, values: Mapping[str, str], asked: Sequence[Document]) -> str:
        filled = path
        for name, value in values.items():
            filled = filled.replace(f"{{{name}}}", quote(value, safe=""))
        pairs = [(each["name"], self._value(each, path)) for each in asked]
        return f"{filled}?{urlencode(pairs)}" if pairs else filled

    def _value(self, parameter: Document, path: str) -> str:
        name = parameter["name"]
        if name in VALUES:
            return self._dice.choice(VALUES[name])
        if name in KINDS:
            return self._dice.choice([*self._known[KINDS[name]], *HIDDEN])
        return self._of_schema(parameter["schema"])

    def _of_schema(self, schema: Document) -> str:
        found = [schema, *schema.get("anyOf", ())]
        for each in found:
            items = each.get("items", each)
            if "$ref" in items:
                items = self._document["components"]["schemas"][items["$ref"].rsplit("/", 1)[1]]
            if "enum" in items:
                return str(self._dice.choice(items["enum"]))
            if items.get("type") == "boolean":
                return self._dice.choice(("true", "false"))
            if items.get("examples"):
                return str(self._dice.choice(items["examples"]))
        return "1"
