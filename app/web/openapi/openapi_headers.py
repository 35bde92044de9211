"""The request and response headers that the OpenAPI document describes for every route."""

from typing import Any

OpenApiObject = dict[str, Any]

_TAG = r'(?:W/)?"[\x21\x23-\x7E]*"'

IF_MATCH: OpenApiObject = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the record as you read it, or * for any revision.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 8000,
        "pattern": rf"^(?:\*|{_TAG}(?:, ?{_TAG})*)$",
    },
    "example": "*",
}
IF_NONE_MATCH: OpenApiObject = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of an earlier response: if it is still the same, the answer is 304.",
    "schema": {"type": "string"},
    "example": '"4-1"',
}

_TEXT = {"type": "string"}
HEADERS: dict[str, OpenApiObject] = {
    "ETag": {
        "description": "The ETag of the response: strong for one record, weak for a list.",
        "schema": _TEXT,
        "example": '"4-1"',
    },
    "Location": {
        "description": "The address of the new record, or of the winner of a merge.",
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/v1/actors/kim-jong-un",
    },
    "Link": {
        "description": "The next page, as `rel=next`; absent on the last.",
        "schema": _TEXT,
        "example": '</v1/events?cursor=WyJwMyJd>; rel="next"',
    },
    "Annals-As-Of": {
        "description": "With `as_of`, the position at which the records were read.",
        "schema": _TEXT,
        "example": "pmfzwkidtnfxgq",
    },
    "WWW-Authenticate": {
        "description": "The scheme of authentication.",
        "schema": _TEXT,
        "example": "Bearer",
    },
    "Retry-After": {
        "description": "Seconds to wait before trying again.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
        "example": "5",
    },
    "X-Request-Id": {
        "description": "The request's id in the server's log.",
        "schema": _TEXT,
        "example": "4bf92f3577b34da6a3ce929d0e0e4736",
    },
}
_BY_STATUS = {
    "201": ("ETag", "Location"),
    "202": ("Location",),
    "304": ("ETag",),
    "308": ("Location",),
}
_ALWAYS_WITH = {"401": ("WWW-Authenticate",), "503": ("Retry-After",)}


def add_response_headers(operation: OpenApiObject) -> None:
    """Add to each response of an operation the headers that it has."""
    takes = {parameter["name"] for parameter in operation["parameters"]}
    for status, response in operation["responses"].items():
        names = [*_BY_STATUS.get(status, ()), *_ALWAYS_WITH.get(status, ())]
        if status == "200" and takes & {"If-None-Match", "If-Match"}:
            names.append("ETag")
        if status == "200" and "cursor" in takes:
            names.append("Link")
        if status == "200" and "as_of" in takes:
            names.append("Annals-As-Of")
        response["headers"] = {
            name: {"$ref": f"#/components/headers/{name}"} for name in [*names, "X-Request-Id"]
        }
