"""The route of hot reads and strict writes: arguments bound once, bytes sent as they are.

FastAPI reads the endpoint's signature for the OpenAPI document only. The route itself parses the
query string and the body, validates each with one call and sends the Response that it gets. So
`Depends`, `response_model` and background tasks do not work here.

A cached route answers from records alone, so that a known answer need not be made again.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Annotated, Any, ClassVar, TypeVar, get_args, get_origin
from uuid import UUID

from fastapi import params
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.db.database import Database
from app.db.limits.request_limits import release_request
from app.db.sql.feed_sql import data_version
from app.db.statements import Statement
from app.errors import Fault, Invalid
from app.web.errors.validation_errors import (
    MOST_FAULTS,
    get_public_name,
    list_field_names,
    make_parameter_faults,
    make_unknown_parameter,
    summarize_faults,
)
from app.web.http.content_change import ChangeBody
from app.web.http.request_body import read_json, validate_body
from app.web.http.response_cache import CacheKey
from app.web.http.responses import read_header
from app.web.middleware.authentication import read_caller, require_caller
from app.web.routing.query_string import read_query
from app.web.state import get_state

Convert = Callable[[str], Any]
_WRITE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_UUID_LENGTH = 36
_SCOPE_ATTRIBUTE = "needed_scope"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

MOST_CACHED_QUERIES = 500
LONGEST_CACHED_QUERY = 300
"""Bytes of a query string; longer ones are rarely repeated."""

_LISTS = (list, tuple, set, frozenset)


def needs_scope(scope: str) -> Callable[[Endpoint], Endpoint]:
    """Admit only callers with this scope to an endpoint; put it nearest to `def`."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _SCOPE_ATTRIBUTE, scope)
        return endpoint

    return mark


class QueryRoute(APIRoute):
    """A route whose endpoint takes `request`, path parameters, one query model and one body.

    The query model is declared as `Annotated[Model, Query()]`, the body as `Annotated[Shape,
    Body(media_type=…)]`, a change of a record as in `http/content_change`. Dependencies are
    refused: the caller comes from the middleware. A route that writes admits callers with the scope
    `write`, or with the scope in `needs_scope`. The first line of the docstring is the summary of
    the operation.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if not options.get("summary"):
            self.summary, self.description = _split_docstring(endpoint)
        if self.dependant.dependencies or self.dependencies:
            raise TypeError(f"{endpoint.__qualname__}: a QueryRoute takes no dependencies")
        if not inspect.iscoroutinefunction(endpoint):
            raise TypeError(f"{endpoint.__qualname__}: a QueryRoute's endpoint is async")
        self.arguments = _Arguments.of(endpoint, frozenset(self.param_convertors))
        usual = "write" if _WRITE_METHODS & set(self.methods or ()) else None
        self.scope_needed: str | None = getattr(endpoint, _SCOPE_ATTRIBUTE, usual)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; FastAPI refuses other methods."""
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        await self.answer(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the endpoint's response to an admitted caller, whose share is released before."""
        request = Request(scope, receive, send)
        if self.scope_needed is not None:
            # Before the body is read: a caller that may not write sends it in vain.
            require_caller(request, self.scope_needed)
        response = await self.respond(request)
        release_request()
        await response(scope, receive, send)

    async def respond(self, request: Request) -> Response:
        """Bind the arguments and call the endpoint."""
        endpoint: Callable[..., Awaitable[Response]] = self.endpoint
        return await endpoint(**await self.arguments.bind(request))


@dataclass
class _Arguments:
    """The arguments of an endpoint, and how to make them from a request."""

    request: str | None = None
    path: list[tuple[str, Convert]] = field(default_factory=list)
    query: "_QueryArgument | None" = None
    body: "_BodyArgument | None" = None

    @classmethod
    def of(cls, endpoint: Callable[..., Any], path_names: frozenset[str]) -> "_Arguments":
        arguments = cls()
        for name, parameter in inspect.signature(endpoint, eval_str=True).parameters.items():
            if not arguments._add_argument(name, parameter.annotation, name in path_names):
                raise TypeError(f"{endpoint.__qualname__}: a QueryRoute cannot give {name}")
        return arguments

    def _add_argument(self, name: str, annotation: Any, in_path: bool) -> bool:
        if annotation is Request:
            self.request = name
        elif in_path:
            self.path.append((name, _make_converter(name, annotation)))
        elif _is_marked(annotation, params.Query):
            self.query = _QueryArgument.of(name, annotation)
        elif _is_marked(annotation, params.Body):
            self.body = _BodyArgument.of(name, annotation)
        else:
            return False
        return True

    async def bind(self, request: Request) -> dict[str, Any]:
        bound: dict[str, Any] = {}
        scope = request.scope
        if self.request is not None:
            bound[self.request] = request
        for name, convert in self.path:
            bound[name] = convert(scope["path_params"][name])
        if self.query is not None:
            bound[self.query.name] = self.query.read(scope["query_string"])
        elif scope["query_string"]:
            _refuse_parameters(scope["query_string"])
        if self.body is not None:
            bound[self.body.name] = await self.body.read(request)
        return bound


@dataclass(frozen=True)
class _QueryArgument:
    name: str
    known: tuple[str, ...]
    lists: frozenset[str]
    validate: Callable[[Any], Any]
    is_frozen: bool
    """True if the model is immutable, so that requests can share it."""
    default: BaseModel | None
    """The model of an empty query string, if requests can share it."""
    cached: dict[bytes, Any] = field(default_factory=dict)
    """The models of the latest query strings, which never change."""

    @classmethod
    def of(cls, name: str, annotation: Any) -> "_QueryArgument":
        model: Any = get_args(annotation)[0]
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise TypeError(f"{name}: a QueryRoute takes its parameters as one model")
        return cls(
            name=name,
            known=tuple(sorted(list_field_names([model]))),
            lists=find_list_parameters(model),
            validate=model.__pydantic_validator__.validate_python,
            is_frozen=bool(model.model_config.get("frozen")),
            default=_make_default_query(model),
        )

    def read(self, query_string: bytes) -> Any:
        if not query_string and self.default is not None:
            return self.default
        if len(query_string) > LONGEST_CACHED_QUERY or not self.is_frozen:
            return self._validate_query(query_string)
        model = self.cached.get(query_string)
        if model is None:
            model = self._validate_query(query_string)
            if len(self.cached) >= MOST_CACHED_QUERIES:
                self.cached.clear()
            self.cached[query_string] = model
        return model

    def _validate_query(self, query_string: bytes) -> Any:
        try:
            return self.validate(read_query(query_string, self.lists))
        except ValidationError as wrong:
            faults = make_parameter_faults(wrong.errors(include_url=False), self.known)
            raise Invalid(summarize_faults(faults), *faults) from None


@dataclass(frozen=True)
class _BodyArgument:
    name: str
    shape: Any
    adapter: TypeAdapter[Any]
    media_type: str

    @classmethod
    def of(cls, name: str, annotation: Any) -> "_BodyArgument":
        shape, *marks = get_args(annotation)
        media_type = next(mark.media_type for mark in marks if isinstance(mark, params.Body))
        others = tuple(mark for mark in marks if not isinstance(mark, params.Body))
        model = next((mark.model for mark in marks if isinstance(mark, ChangeBody)), shape)
        adapter = TypeAdapter(Annotated[(shape, *others)] if others else shape)
        return cls(name=name, shape=model, adapter=adapter, media_type=media_type)

    async def read(self, request: Request) -> Any:
        parsed = await read_json(request, (self.media_type,))
        return validate_body(self.adapter, parsed, self.shape)


def _split_docstring(endpoint: Callable[..., Any]) -> tuple[str, str]:
    """Return the first line of a docstring as the summary, and the rest as the description."""
    first, _, rest = (inspect.getdoc(endpoint) or "").partition("\n")
    return first.removesuffix("."), rest.strip() or first


def find_list_parameters(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of a query model's parameters that take several values."""
    return frozenset(
        get_public_name(name, field)
        for name, field in model.model_fields.items()
        if _has_list(field.annotation)
    )


def _make_default_query(model: type[BaseModel]) -> BaseModel | None:
    if not model.model_config.get("frozen"):
        return None
    try:
        return model()
    except ValidationError:
        return None


def _is_marked(annotation: Any, mark: type) -> bool:
    if get_origin(annotation) is not Annotated:
        return False
    return any(isinstance(extra, mark) for extra in get_args(annotation)[1:])


def _has_list(annotation: Any) -> bool:
    if annotation in _LISTS or get_origin(annotation) in _LISTS:
        return True
    return any(_has_list(part) for part in get_args(annotation))


def _make_converter(name: str, annotation: Any) -> Convert:
    bare = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)

    def convert(text: str) -> Any:
        if "\0" in text:
            raise _make_path_error(name, "nul-character", "this contains a NUL character")
        try:
            return adapter.validate_python(text)
        except ValidationError as wrong:
            problems = [{**problem, "loc": (name,)} for problem in wrong.errors(include_url=False)]
            faults = make_parameter_faults(problems, ())
            raise Invalid(summarize_faults(faults), *faults) from None

    def convert_uuid(text: str) -> UUID:
        # Only the usual spelling: UUID() would also accept braces and urn:uuid:.
        try:
            if len(text) == _UUID_LENGTH:
                return UUID(text)
        except ValueError:
            pass
        raise _make_path_error(name, "not-a-uuid", f"'{text[:80]}' is not a UUID")

    return convert_uuid if bare is UUID else convert


def _make_path_error(name: str, code: str, detail: str) -> Invalid:
    return Invalid(f"{name}: {detail}", Fault(code=code, detail=detail, parameter=name))


def _refuse_parameters(query_string: bytes) -> None:
    names = read_query(query_string, frozenset())
    faults = [make_unknown_parameter(name, ()) for name in islice(names, MOST_FAULTS)]
    if faults:
        raise Invalid(f"this path takes no parameters: {summarize_faults(faults)}", *faults)


class CachedRoute(QueryRoute):
    """A route that answers 304 without making the response again."""

    caches_bodies: ClassVar[bool] = False

    async def respond(self, request: Request) -> Response:
        """Look for a cached response, unless a strong ETag can be made from the revision."""
        asks = self.caches_bodies or "W/" in (read_header(request, b"if-none-match") or "")
        if request.scope["method"] != "GET" or not asks:
            return await super().respond(request)
        return await self._answer_from_cache(request)

    async def _answer_from_cache(self, request: Request) -> Response:
        database, cache = get_state(request).database, get_state(request).response_cache
        key, version = make_cache_key(request), await fetch_data_version(database)
        cached = cache.find(key, version)
        answer = cached.answer(request) if cached is not None else None
        if answer is not None:
            return answer
        response: Response = await self.endpoint(**await self.arguments.bind(request))
        if await fetch_data_version(database) == version:
            # Nothing was written meanwhile: the response belongs to this version.
            cache.store(key, version, response, with_body=self.caches_bodies)
        return response


class CachedBodyRoute(CachedRoute):
    """A route that caches bodies too: different users open the same dashboards."""

    caches_bodies = True


def make_cache_key(request: Request) -> CacheKey:
    """Return everything that a response depends on besides the version of the data."""
    scope, caller = request.scope, read_caller(request)
    sees = None if caller.sees_all else caller.datasets
    accept = request.headers.get("accept")
    return scope["path"], scope["query_string"], accept, sees, caller.key_id is not None


async def fetch_data_version(database: Database) -> str:
    """Return the version of the data that reads would see now."""
    ((version,),) = await database.fetch(_DATA_VERSION, {})
    return str(version)


_DATA_VERSION = Statement(select(data_version()))
