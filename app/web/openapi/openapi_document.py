"""The OpenAPI 3.1 document: FastAPI's, completed by the rules that hold for every route."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app import errors
from app.web.errors.problems import ProblemDocument, ProblemFault, make_error_responses
from app.web.openapi.openapi_examples import add_examples
from app.web.openapi.openapi_headers import HEADERS, IF_MATCH, IF_NONE_MATCH, add_response_headers
from app.web.openapi.openapi_schemas import add_descriptions, name_lists

OpenApiObject = dict[str, Any]

NO_EXAMPLES: Mapping[str, str] = {}
_REF = "#/components/schemas/{model}"
_WRITES = frozenset({"post", "put", "patch", "delete"})
_CONDITIONAL = frozenset({"put", "patch", "delete"})
NDJSON_TEXT: OpenApiObject = {
    "schema": {"type": "string", "description": "One JSON object a line."},
    "example": '{"id":"01902f4e-0000-7000-8000-000000000001"}',
}
"""The media type object of NDJSON, which JSON Schema cannot describe."""

_OPEN_TAG = "operations"
"""Routes with this tag need no key and answer no validation errors."""

_FRAMEWORK_SCHEMAS = ("HTTPValidationError", "ValidationError")
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key with its scopes: read, write, import or admin.",
}


def make_operation_id(route: APIRoute) -> str:
    """Return the camelCase name of an operation, made from its function's name."""
    first, *others = re.split(r"_+", route.name.strip("_"))
    return first + "".join(word.capitalize() for word in others)


def describe_request_body(
    shapes: Mapping[str, type[BaseModel] | None], examples: Mapping[str, str] = NO_EXAMPLES
) -> OpenApiObject:
    """Return `openapi_extra=` for a route that reads its body itself: media type → model or None.

    Pass the models to `describe` as well, as `extra_models`.
    """
    content = {
        media_type: {
            "schema": {"$ref": _REF.format(model=shape.__name__)}
            if shape
            else {"type": "string", "format": "binary", "minLength": 1},
            **({"example": examples[media_type]} if media_type in examples else {}),
        }
        for media_type, shape in shapes.items()
    }
    return {"requestBody": {"required": True, "content": content}}


def refer_to_model(shape: type[BaseModel]) -> OpenApiObject:
    """Return the media type object of a model in `extra_models` of `describe`."""
    return {"schema": {"$ref": _REF.format(model=shape.__name__)}}


def describe(app: FastAPI, extra_models: Sequence[type[BaseModel]] = ()) -> OpenApiObject:
    """Return the OpenAPI document of an application; it is made once."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        contact=app.contact,
        license_info=app.license_info,
        routes=app.routes,
        tags=app.openapi_tags,
        servers=app.servers or [{"url": "/", "description": "This server"}],
        separate_input_output_schemas=False,
    )
    _complete_components(document, [ProblemDocument, ProblemFault, *extra_models])
    for method, operation in _iterate_operations(document):
        _complete_operation(method, operation)
    add_descriptions(document["components"]["schemas"])
    add_examples(document)
    _check_operation_ids(document)
    app.openapi_schema = document
    return document


def _iterate_operations(document: OpenApiObject) -> Iterator[tuple[str, OpenApiObject]]:
    for path in document["paths"].values():
        yield from path.items()


def _complete_components(document: OpenApiObject, models: Sequence[type[BaseModel]]) -> None:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _FRAMEWORK_SCHEMAS:
        schemas.pop(name, None)
    _, made = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    for name, schema in made["$defs"].items():
        schemas.setdefault("Problem" if name == "ProblemDocument" else name, schema)
    _complete_schema(schemas)
    schemas |= name_lists([schemas, document["paths"]])
    for name, schema in schemas.items():
        if name.endswith(("Patch", "Part")):
            _complete_patch(schema, schemas.get(name.removesuffix("Patch") + "Create", {}))
    components["schemas"] = dict(sorted(schemas.items()))
    components["headers"] = HEADERS
    components["securitySchemes"] = {"key": _BEARER}


def _complete_schema(schema: Any) -> None:
    """Rewrite the parts of pydantic's schemas that few tools understand."""
    if isinstance(schema, dict):
        if "propertyNames" in schema and "patternProperties" in schema:
            (schema["additionalProperties"],) = schema.pop("patternProperties").values()
        if schema.get("default", "") is None:
            # Absent means null anyway, and generators treat a property with a default as required.
            del schema["default"]
        schema = list(schema.values())
    for part in schema if isinstance(schema, list) else ():
        _complete_schema(part)


def _complete_patch(patch: OpenApiObject, create: OpenApiObject) -> None:
    """Remove null from the fields of a patch that a record must have."""
    for name, schema in patch["properties"].items():
        if name in create.get("required", ()):
            patch["properties"][name] = _drop_null(schema)


def _complete_operation(method: str, operation: OpenApiObject) -> None:
    parameters = operation.setdefault("parameters", [])
    responses = operation["responses"]
    if not _is_open(operation):
        if method in _CONDITIONAL:
            parameters.append(dict(IF_MATCH))
        elif method == "get":
            parameters.append(dict(IF_NONE_MATCH))
            responses["304"] = {
                "description": "The response is unchanged since the ETag in If-None-Match."
            }
    for parameter in parameters:
        _complete_parameter(parameter)
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    for status, response in make_error_responses(*_list_usual_errors(method, operation)).items():
        responses.setdefault(str(status), response)
    operation["responses"] = dict(sorted(responses.items()))
    add_response_headers(operation)
    if not _is_open(operation):
        operation["security"] = [{"key": []}] if method in _WRITES else [{}, {"key": []}]
    if not parameters:
        del operation["parameters"]


def _complete_parameter(parameter: OpenApiObject) -> None:
    schema = parameter["schema"] = _drop_null(parameter["schema"])
    if schema.get("type") == "array":
        parameter.setdefault("style", "form")
        parameter.setdefault("explode", True)
    if "description" in schema:
        parameter.setdefault("description", schema["description"])
        del schema["description"]


def _list_usual_errors(method: str, operation: OpenApiObject) -> list[type[Exception]]:
    """Return the errors that every route of this kind can answer with."""
    usual: list[type[Exception]] = [errors.NotAuthenticated, Exception, errors.Unavailable]
    if _is_open(operation):
        return usual
    usual.append(errors.Invalid)
    names_record = any(parameter["in"] == "path" for parameter in operation["parameters"])
    if names_record:
        usual.append(errors.NotFound)
    if method in _WRITES:
        usual += [errors.ScopeMissing, errors.NotGranted, errors.Conflict, errors.TooLarge]
        usual += [errors.OutcomeUnknown, errors.OutOfSpace, errors.StorageCorrupt]
    if method in _WRITES and names_record:
        usual.append(errors.Gone)
    if method in _CONDITIONAL:
        usual += [errors.Stale, errors.PreconditionRequired]
    if "requestBody" in operation:
        usual += [errors.Unparsable, errors.UnsupportedMediaType]
    return usual


def _is_open(operation: OpenApiObject) -> bool:
    return _OPEN_TAG in operation.get("tags", ())


def _drop_null(schema: OpenApiObject) -> OpenApiObject:
    """Return a schema without null, which a query string cannot express."""
    choices = schema.get("anyOf")
    if choices is None:
        return schema
    others = [choice for choice in choices if choice.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if rest.get("default", "") is None:
        del rest["default"]
    return {**others[0], **rest} if len(others) == 1 else {"anyOf": others, **rest}


def _check_operation_ids(document: OpenApiObject) -> None:
    seen: set[str] = set()
    for _, operation in _iterate_operations(document):
        name = operation["operationId"]
        if name in seen:
            raise ValueError(f"two routes have functions that give the operationId {name}")
        seen.add(name)
