"""The history of a record, for every resource type that keeps its past."""

from typing import Any

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Gone, NotFound
from app.history.revisions import History, RecordKey, Revision, list_changes_between
from app.query.opaque_tokens import describe_cursor_scope
from app.query.params import PageParams
from app.query.resource_type import ResourceType
from app.record.document import RENDERING_VERSION, encode_document
from app.record.not_found import PURGED, format_key, make_missing_error
from app.values.timestamps import format_timestamp
from app.vocab.field_types import Operation, RevisionNumber, TimestampText
from app.web.http.responses import (
    JsonBytes,
    check_if_none_match,
    make_list_etag,
    make_next_link,
    make_record_etag,
    wrap_documents,
)
from app.web.middleware.authentication import read_caller
from app.web.state import get_state

NO_BOUND = 2_000_000_000


class ValueChange(BaseModel):
    """One value that a revision changed."""

    path: str = Field(description="A JSON pointer into the record.")
    before: Any = Field(alias="from", description="The earlier value; absent if there was none.")
    after: Any = Field(alias="to", description="The new value.")


class HistoryEntry(BaseModel):
    """One revision of a record."""

    revision: RevisionNumber
    operation: Operation = Field(description="The kind of change.")
    recorded_at: TimestampText = Field(description="The time of the change, in UTC.")
    recorded_by: str | None = Field(
        description="The id of the key; null for callers without a key."
    )
    changes: list[ValueChange] = Field(description="The changed values.")


class HistoryQuery(PageParams):
    """The parameters of the history of a record."""


async def answer_history(
    request: Request, resource_type: ResourceType, query: HistoryQuery, key: RecordKey
) -> Response:
    """Answer a page of revisions, the newest first."""
    state, caller = get_state(request), read_caller(request)
    text = describe_cursor_scope(query, request.scope["path"])
    below = NO_BOUND
    if query.cursor is not None:
        ((below,), _) = state.sealer.open_cursor(text, query.cursor)
    history = History(state.database, caller, resource_type, key)
    # One more than is shown, to detect a next page and to compare the last revision.
    found = await history.fetch_revisions(below=below, limit=query.limit + 1)
    if not found and below == NO_BOUND:
        raise make_missing_error(resource_type.name, key, deleted=False)
    shown = found[: query.limit]
    older = [*found[1:], None]
    entries = [
        encode_document(_make_entry(revision, before, with_author=caller.key_id is not None))
        for revision, before in zip(shown, older, strict=False)
    ]
    more = len(found) > query.limit
    cursor = state.sealer.seal_cursor(text, (shown[-1].revision,), None) if more else None
    asks = query.count != "none"
    count = {"value": await history.count_revisions(), "kind": "exact"} if asks else None
    body = wrap_documents(entries, cursor, count)
    etag = make_list_etag(body, state.sealer.secret)
    headers = make_next_link(request, cursor)
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag, headers=headers)


async def answer_revision(
    request: Request, resource_type: ResourceType, key: RecordKey, revision: int
) -> Response:
    """Answer the whole record as it was at one revision."""
    history = History(get_state(request).database, read_caller(request), resource_type, key)
    found = await history.fetch_revisions(below=revision + 1, limit=1)
    if not found or found[0].revision != revision:
        what = f"{resource_type.name} {format_key(key)}"
        raise NotFound(
            f"there is no revision {revision} of {_choose_article(resource_type)} {what}"
        )
    operation = found[0].operation
    if operation == PURGED:
        raise make_missing_error(resource_type.name, key, deleted=False, purged=True)
    if found[0].document is None:
        merged = operation == "merged"
        done = (
            f"merged the {resource_type.name} into another"
            if merged
            else f"deleted the {resource_type.name}"
        )
        raise Gone(f"revision {revision} {done}; revision {revision - 1} is its last")
    etag = make_record_etag(revision, RENDERING_VERSION)
    body = found[0].document.encode()
    return check_if_none_match(request, etag) or JsonBytes(body, etag=etag)


def _choose_article(resource_type: ResourceType) -> str:
    """Return the indefinite article for the name of a resource type."""
    return "an" if resource_type.name[0] in "aeiou" else "a"


def _make_entry(
    revision: Revision, before: Revision | None, *, with_author: bool
) -> dict[str, Any]:
    """Return the member of the list for a revision, compared with the one before it."""
    return {
        "revision": revision.revision,
        "operation": revision.operation,
        "recorded_at": format_timestamp(revision.at),
        "recorded_by": revision.by if with_author else None,
        "changes": list_changes_between(before, revision),
    }
