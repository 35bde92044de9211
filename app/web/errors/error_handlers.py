"""Exception handlers: from an exception to the problem document that answers it."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ExceptionHandler, Scope

from app.db.driver_errors import is_disk_full
from app.errors import AnnalsError, Fault, Invalid, OutOfSpace, Unparsable
from app.web.errors.problems import (
    PROBLEMS,
    PROBLEMS_BY_STATUS,
    Problem,
    ProblemOccurrence,
    find_problem,
    make_problem_response,
)
from app.web.errors.validation_errors import (
    list_field_names,
    make_body_faults,
    make_parameter_faults,
    summarize_faults,
)

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def install_handlers(app: FastAPI) -> None:
    """Let FastAPI answer the errors that routes raise with problem documents."""

    async def answer(request: Request, error: Exception) -> Response:
        return answer_error(request.scope, error)

    for kind in (AnnalsError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, cast(ExceptionHandler, answer))


def answer_error(scope: Scope, error: Exception) -> Response:
    """Return the problem document for an exception, without the text of an unexpected one."""
    if is_disk_full(error):
        error = OutOfSpace("no space is left on a disk of the server")
    if isinstance(error, AnnalsError):
        return _answer_annals(scope, error)
    if isinstance(error, RequestValidationError):
        return _answer_annals(scope, _convert_validation_error(scope, error))
    if isinstance(error, HTTPException):
        return _answer_http(scope, error)
    return make_problem_response(
        PROBLEMS[Exception], PROBLEMS[Exception].title, _make_occurrence(scope)
    )


def list_allowed_methods(app: FastAPI, path: str) -> list[str]:
    """Return the methods of all routes at this path, with HEAD if there is GET."""
    methods: set[str] = set()
    for context in iter_route_contexts(app.routes):
        path_regex = getattr(context, "path_regex", None)
        if context.methods and path_regex is not None and path_regex.match(path):
            methods |= context.methods
    if "GET" in methods:
        methods.add("HEAD")
    return [method for method in _METHODS if method in methods]


def _answer_annals(scope: Scope, error: AnnalsError) -> Response:
    problem = find_problem(type(error))
    detail = error.detail if problem.status != 500 else problem.title
    return make_problem_response(
        problem, detail, _make_occurrence(scope), error.faults, error.headers
    )


def _answer_http(scope: Scope, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code < 400:
        return Response(status_code=error.status_code, headers=headers)
    if error.status_code == 405:
        return _answer_wrong_method(scope)
    detail = error.detail
    if error.status_code == 404 and detail == HTTPStatus.NOT_FOUND.phrase:
        detail = f"there is nothing at {_quote_path(scope)}"
    problem = PROBLEMS_BY_STATUS.get(error.status_code) or _make_unlisted_problem(error.status_code)
    if problem.status >= 500:
        detail = problem.title
    return make_problem_response(problem, detail, _make_occurrence(scope), headers=headers)


def _answer_wrong_method(scope: Scope) -> Response:
    methods = list_allowed_methods(scope["app"], scope["path"])
    allow = {"allow": ", ".join([*methods, "OPTIONS"])}
    if scope["method"] == "OPTIONS":
        if "PATCH" in methods:
            allow["accept-patch"] = "application/merge-patch+json"
        return Response(status_code=204, headers=allow)
    detail = f"{scope['method'][:20]} is not allowed here; allowed are {', '.join(methods)}"
    return make_problem_response(
        PROBLEMS_BY_STATUS[405], detail, _make_occurrence(scope), headers=allow
    )


def _make_unlisted_problem(status: int) -> Problem:
    """Return a general refusal or failure with a status that is not in the table."""
    general = PROBLEMS[Exception if status >= 500 else AnnalsError]
    return Problem(status, general.slug, general.title, general.explanation)


def _convert_validation_error(scope: Scope, error: RequestValidationError) -> AnnalsError:
    """Return our own error for the validation errors that FastAPI found."""
    problems: list[dict[str, Any]] = list(error.errors())
    for problem in problems:
        if problem["type"] == "json_invalid":
            return Unparsable(f"the body is not JSON: {problem['ctx']['error']}")
    in_body = [_strip_origin(problem) for problem in problems if problem["loc"][:1] == ("body",)]
    others = [_strip_origin(problem) for problem in problems if problem["loc"][:1] != ("body",)]
    route = scope.get("route")
    body_field = getattr(route, "body_field", None)
    shape = body_field.field_info.annotation if body_field else None
    faults: list[Fault] = [
        *make_parameter_faults(others, _list_query_names(route)),
        *make_body_faults(in_body, error.body, shape),
    ]
    return Invalid(summarize_faults(faults), *faults)


def _strip_origin(problem: Mapping[str, Any]) -> dict[str, Any]:
    return {**problem, "loc": problem["loc"][1:]}


def _list_query_names(route: object) -> list[str]:
    dependant = getattr(route, "dependant", None)
    fields: Iterable[Any] = dependant.query_params if dependant else ()
    names: set[str] = set()
    for field in fields:
        shape = field.field_info.annotation
        if isinstance(shape, type) and issubclass(shape, BaseModel):
            names |= list_field_names([shape])
        else:
            names.add(field.alias)
    return sorted(names)


def _make_occurrence(scope: Scope) -> ProblemOccurrence:
    return ProblemOccurrence(instance=_quote_path(scope), trace_id=scope["state"]["trace_id"])


def _quote_path(scope: Scope) -> str:
    return quote(scope["path"][:500], safe="/:@!$&'()*+,;=~")
