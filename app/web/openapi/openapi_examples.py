"""Examples for every schema and every parameter of the OpenAPI document.

An example that a model or a field gives itself comes first; the others are made from their parts.
"""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]
Schemas = Mapping[str, Schema]

_BY_FORMAT: Mapping[str, Any] = {
    "uuid": "01902f4e-0000-7000-8000-000000000001",
    "date": "2024-06-12",
    "date-time": "2024-06-12T08:00:00.000000Z",
    "uri-reference": "/v1/events",
    "binary": "id,date,title",
}
_BY_TYPE: Mapping[str, Any] = {
    "null": None,
    "boolean": True,
    "string": "example",
    "array": [],
    "object": {},
}
_NESTED = ("anyOf", "oneOf", "allOf")


def add_examples(document: Schema) -> None:
    """Add a valid example to every component, parameter and body that has no example."""
    schemas: Schemas = document["components"]["schemas"]
    for schema in schemas.values():
        for example in schema.get("examples", ()):
            _restore_nulls(example, schema, schemas)
        shown = schema.get("examples", [{}])[0]
        for name, part in schema.get("properties", {}).items():
            if shown.get(name) is not None and "examples" not in part:
                part["examples"] = [shown[name]]
            _add_example(part, schemas)
        _add_example(schema, schemas)
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    for parameter in [one for operation in operations for one in operation.get("parameters", ())]:
        if "example" not in parameter:
            parameter["example"] = make_example(parameter["schema"], schemas)
        parameter["schema"].pop("examples", None)


def make_example(schema: Schema, schemas: Schemas) -> Any:
    """Return an example of a schema; `schemas` are the components that it may refer to."""
    said = _read_examples(schema)
    if said:
        return said[0]
    if "$ref" in schema:
        return make_example(_resolve_reference(schema, schemas), schemas)
    for nested in _NESTED:
        if nested in schema:
            return make_example(schema[nested][0], schemas)
    return _compose_example(schema, schemas)


def _add_example(schema: Schema, schemas: Schemas) -> None:
    if "$ref" not in schema and not schema.get("examples"):
        schema["examples"] = [make_example(schema, schemas)]


def _restore_nulls(example: Any, schema: Schema, schemas: Schemas) -> None:
    """Restore the nulls that FastAPI drops from examples, where null is a value."""
    for name in schema.get("required", ()):
        part = schema["properties"][name]
        if name not in example and {"type": "null"} in part.get("anyOf", ()):
            example[name] = None
        elif "$ref" in part and isinstance(example.get(name), dict):
            _restore_nulls(example[name], _resolve_reference(part, schemas), schemas)


def _resolve_reference(schema: Schema, schemas: Schemas) -> Schema:
    return schemas[schema["$ref"].rpartition("/")[2]]


def _read_examples(schema: Schema) -> list[Any]:
    if schema.get("examples"):
        return list(schema["examples"])
    for name in ("example", "const"):
        if name in schema:
            return [schema[name]]
    return [schema["default"]] if schema.get("default") is not None else []


def _compose_example(schema: Schema, schemas: Schemas) -> Any:
    kind = schema.get("type", "string")
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        needed = schema.get("required", ()) if schema.get("additionalProperties") is False else ()
        names = needed or schema["properties"]
        return {name: make_example(schema["properties"][name], schemas) for name in names}
    if kind == "array" and schema.get("items"):
        return [make_example(schema["items"], schemas)]
    if kind in {"integer", "number"}:
        return max(schema.get("minimum", 1), 1)
    return _BY_FORMAT.get(schema.get("format", ""), _BY_TYPE[kind])
