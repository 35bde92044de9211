"""The URLs of keys."""

import secrets
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from app.auth.key_tokens import RANDOM_BYTES
from app.errors import ScopeMissing
from app.resources.keys import service
from app.resources.keys.query import KeyQuery
from app.resources.keys.schemas import Key, KeyCreate, NewKey
from app.web.endpoints.keyset_list import RowSource, answer_rows
from app.web.endpoints.write_endpoint import run_transaction
from app.web.errors.problems import make_error_responses
from app.web.http.responses import (
    JsonBytes,
    check_if_none_match,
    make_record_etag,
    read_required_revision,
)
from app.web.middleware.authentication import require_caller
from app.web.routing.query_route import QueryRoute, needs_scope
from app.web.schemas import make_list_model
from app.web.state import get_state

RENDERING = 1
"""Raise it when the same key is shown in other bytes: it is part of its ETag."""

KeyId = Annotated[
    str,
    Path(min_length=1, max_length=100, description="The key's id.", examples=["3f9a2c4be07d1568"]),
]

router = APIRouter(prefix="/v1/keys", tags=["keys"], route_class=QueryRoute)

KeyList = make_list_model(Key)
LIST_RESPONSES: dict[int | str, Any] = {
    200: {"model": KeyList, "description": "A page of keys."},
    **make_error_responses(ScopeMissing),
}
RECORD_RESPONSES: dict[int | str, Any] = {
    200: {"model": Key, "description": "The key."},
    **make_error_responses(ScopeMissing),
}
CREATED_RESPONSES: dict[int | str, Any] = {
    201: {"model": NewKey, "description": "The key with its token."}
}


@router.get("", responses=LIST_RESPONSES)
async def list_keys(request: Request, query: Annotated[KeyQuery, Query()]) -> Response:
    """List keys.

    Needs a key with the scope `admin`. The newest come first; revoked keys stay in the list.
    """
    require_caller(request, "admin")
    revoked = query.revoked
    source = RowSource(
        load=lambda read, limit, after: service.list_keys(read, revoked, limit, after),
        count=lambda read: service.count_keys(read, revoked),
        render=service.render_key,
    )
    return await answer_rows(request, query, source)


@router.post("", status_code=201, responses=CREATED_RESPONSES)
@needs_scope("admin")
async def create_key(request: Request, body: Annotated[KeyCreate, Body()]) -> Response:
    """Create a key.

    Needs a key with the scope `admin`. `key` in the answer is the token to send. It is shown only
    this once, and only its hash is kept.
    """
    random = secrets.token_bytes(RANDOM_BYTES)
    made = await run_transaction(
        request, lambda opened, _: service.create_key(opened, body, random)
    )
    headers = {"location": f"/v1/keys/{made['id']}", "cache-control": "no-store"}
    return JsonBytes(orjson.dumps(made), status_code=201, headers=headers)


@router.get("/{id}", responses=RECORD_RESPONSES)
async def get_key(request: Request, id: KeyId) -> Response:
    """Get a key.

    Needs a key with the scope `admin`. Neither the token nor its hash is shown.
    """
    require_caller(request, "admin")
    database = get_state(request).database
    key = await database.read(lambda connection: service.find_key(connection, id))
    body = orjson.dumps(key)
    etag = make_record_etag(key["revision"], RENDERING)
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag)


@router.delete("/{id}", status_code=204)
@needs_scope("admin")
async def revoke_key(request: Request, id: KeyId) -> Response:
    """Revoke a key.

    Needs a key with the scope `admin`. From the next request on the key is refused, for good. It
    stays in the list with `revoked_at`, since records name it in `recorded_by`.
    """
    required = read_required_revision(request)
    await run_transaction(request, lambda opened, _: service.revoke_key(opened, id, required))
    return Response(status_code=204)
