"""The history of one event."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Gone, NotFound
from app.history.revisions import Revision, changes_between, read_revisions
from app.query.params import Paged
from app.record.document import RENDERING, encode
from app.record.find import missing
from app.record.purged import PURGED
from app.values.instants import instant_text
from app.vocab.fields import InstantText, Operation, RevisionNumber
from app.web.backing import backing_of
from app.web.caller import caller_of
from app.web.conditional import if_none_match, list_etag, record_etag
from app.web.pages import JsonBytes, next_link, page_bytes

NO_BOUND = 2_000_000_000


class ValueChange(BaseModel):
    """One value that a revision changed."""

    path: str = Field(description="A JSON pointer into the event.")
    before: Any = Field(alias="from", description="What stood there; absent if nothing.")
    after: Any = Field(alias="to", description="What stands there now.")


class HistoryEntry(BaseModel):
    """One revision of an event."""

    revision: RevisionNumber
    operation: Operation = Field(description="What was done.")
    recorded_at: InstantText = Field(description="When, in UTC.")
    recorded_by: str | None = Field(
        description="The id of the key; null without a key of one's own."
    )
    changes: list[ValueChange] = Field(description="What it changed.")


class HistoryQuery(Paged):
    """Everything that the history of an event takes."""


async def answer_history(request: Request, query: HistoryQuery, event_id: UUID) -> Response:
    """A page of revisions, the newest first."""
    backing, caller = backing_of(request), caller_of(request)
    text = query.question_text(request.scope["path"])
    below = NO_BOUND
    if query.cursor is not None:
        ((below,), _) = backing.seal.open_cursor(text, query.cursor)
    # One more than is shown: to know whether there are more, and what the last one changed.
    found = await read_revisions(
        backing.database, caller, event_id, below=below, limit=query.limit + 1
    )
    if not found and below == NO_BOUND:
        raise NotFound(f"there is no event {event_id}")
    shown = found[: query.limit]
    older = [*found[1:], None]
    entries = [
        encode(_entry(each, before, with_author=caller.key_id is not None))
        for each, before in zip(shown, older, strict=False)
    ]
    more = len(found) > query.limit
    cursor = backing.seal.cursor(text, (shown[-1].revision,), None) if more else None
    count = await _count(request, query, event_id)
    body = page_bytes(entries, cursor, count)
    etag = list_etag(body, backing.seal.secret)
    headers = next_link(request, cursor)
    return if_none_match(request, etag) or JsonBytes(body, etag=etag, headers=headers)


async def answer_revision(request: Request, event_id: UUID, revision: int) -> Response:
    """The whole event as one of its revisions was."""
    backing, caller = backing_of(request), caller_of(request)
    found = await read_revisions(backing.database, caller, event_id, below=revision + 1, limit=1)
    if not found or found[0].revision != revision:
        raise NotFound(f"there is no revision {revision} of an event {event_id}")
    operation = found[0].operation
    if operation == PURGED:
        raise missing("event", event_id, deleted=False, purged=True)
    if found[0].document is None:
        done = "merged the event into another" if operation == "merged" else "deleted the event"
        raise Gone(f"revision {revision} {done}; revision {revision - 1} is its last")
    etag = record_etag(revision, RENDERING)
    body = found[0].document.encode()
    return if_none_match(request, etag) or JsonBytes(body, etag=etag)


async def _count(
    request: Request, query: HistoryQuery, event_id: UUID
) -> dict[str, int | str] | None:
    """Revisions are numbered without gaps, so that the newest tells how many there are."""
    if query.count == "none":
        return None
    backing, caller = backing_of(request), caller_of(request)
    (newest,) = await read_revisions(backing.database, caller, event_id, below=NO_BOUND, limit=1)
    return {"value": 1 if newest.operation == PURGED else newest.revision, "kind": "exact"}


def _entry(revision: Revision, before: Revision | None, *, with_author: bool) -> dict[str, Any]:
    return {
        "revision": revision.revision,
        "operation": revision.operation,
        "recorded_at": instant_text(revision.at),
        "recorded_by": revision.by if with_author else None,
        "changes": changes_between(before, revision),
    }
