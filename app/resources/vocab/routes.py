"""The URLs of vocabularies."""

import hashlib
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from app.errors import NotFound
from app.resources.vocab.query import EventTypeQuery, ResolveQuery
from app.resources.vocab.schemas import (
    CodeReading,
    EventType,
    VocabularyList,
    VocabularyTerm,
    WholeEventType,
)
from app.resources.vocab.service import (
    list_event_type_documents,
    list_meaning_documents,
    list_term_documents,
    list_vocabulary_documents,
    make_event_type_document,
)
from app.web.errors.problems import make_error_responses
from app.web.http.responses import JsonBytes, check_if_none_match
from app.web.routing.query_route import QueryRoute
from app.web.schemas import make_list_model

router = APIRouter(prefix="/v1", tags=["vocabularies"], route_class=QueryRoute)

EventTypeList = make_list_model(EventType)
VocabularyListList = make_list_model(VocabularyList)
VocabularyTermList = make_list_model(VocabularyTerm)
CodeReadingList = make_list_model(CodeReading)

TypePath = Annotated[
    str, Path(min_length=1, max_length=100, description="An event type.", examples=["summit"])
]
ListPath = Annotated[
    str, Path(min_length=1, max_length=100, description="A list's name.", examples=["roles"])
]

# The vocabulary changes only with the program: an hour of a stale list hurts nobody.
CACHE_HEADERS = {"cache-control": "public, max-age=3600"}


@router.get(
    "/event-types",
    responses={200: {"model": EventTypeList, "description": "The whole list."}},
)
async def list_event_types(request: Request, query: Annotated[EventTypeQuery, Query()]) -> Response:
    """List event types.

    All at once, each with the foreign codes that map to it.
    """
    return _answer_list(request, list_event_type_documents(query.category))


@router.get(
    "/event-types/{type}",
    responses={
        200: {"model": WholeEventType, "description": "The event type."},
        **make_error_responses(NotFound),
    },
)
async def get_event_type(request: Request, type: TypePath) -> Response:
    """Get an event type.

    With the JSON Schema of its details, and every foreign code that maps to this type.
    """
    return _answer_document(request, make_event_type_document(type))


@router.get(
    "/vocab", responses={200: {"model": VocabularyListList, "description": "The whole list."}}
)
async def list_vocabularies(request: Request) -> Response:
    """List vocabularies.

    The closed lists, codes and crosswalks.
    """
    return _answer_list(request, list_vocabulary_documents())


@router.get(
    "/vocab/resolve",
    responses={200: {"model": CodeReadingList, "description": "Every meaning, at least one."}},
)
async def resolve_code(request: Request, query: Annotated[ResolveQuery, Query()]) -> Response:
    """Resolve a code or a name.

    Its meaning in every scheme that has it.
    """
    if query.q is not None:
        return _answer_list(request, list_meaning_documents(query.q, "name", "q"))
    return _answer_list(request, list_meaning_documents(query.code or "", query.scheme, "code"))


@router.get(
    "/vocab/{list}",
    responses={
        200: {"model": VocabularyTermList, "description": "The whole list."},
        **make_error_responses(NotFound),
    },
)
async def get_vocabulary(request: Request, list: ListPath) -> Response:
    """Get a vocabulary.

    All of its entries at once.
    """
    return _answer_list(request, list_term_documents(list))


def _answer_list(request: Request, documents: list[dict[str, Any]]) -> Response:
    count = {"value": len(documents), "kind": "exact"}
    return _answer_document(request, {"items": documents, "next_cursor": None, "count": count})


def _answer_document(request: Request, document: dict[str, Any]) -> Response:
    body = orjson.dumps(document, default=dict)
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    known = check_if_none_match(request, etag)
    if known is not None:
        known.headers.update(CACHE_HEADERS)
        return known
    return JsonBytes(body, etag=etag, headers=CACHE_HEADERS)
