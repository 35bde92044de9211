"""Saving actors, sources and datasets: row, names, past and feed, in one transaction.

Whatever makes, changes or takes away such a record comes through here, so that each has its past
and its place in the feed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, Table, func, select

from app.db.sql.array_sql import any_of
from app.db.transaction import Write
from app.models.actors import actor_codes, actor_names, actors, past_actors
from app.models.changes import changes as change_feed
from app.models.datasets import datasets, past_datasets
from app.models.sources import past_sources, sources
from app.query.names.name_folding import fold_name
from app.query.visibility import bind_grants, build_visibility
from app.record.document import decode, encode
from app.record.reference_records.name_keys import forget_keys, keep_keys
from app.record.versioned_rows import Rows
from app.values.caller import ANONYMOUS, OPERATOR, Caller
from app.values.ids import slug_id
from app.values.timestamps import instant_text

TABLES: Mapping[str, tuple[Table, Table]] = {
    "actor": (actors, past_actors),
    "source": (sources, past_sources),
    "dataset": (datasets, past_datasets),
}
"""The present and the past of each noun."""

STAMP = ("revision", "created_at", "updated_at")
ALWAYS = 0
"""The position from which the records have stood that no change made."""


@dataclass(frozen=True, slots=True)
class Slugged:
    """One such record as it stands; `document` is what is served, `position` what made it so.

    One that does not stand any more has its last document, and the revision that took it away.
    `rerendering` is the job by which its change reaches its events, where these are many.
    """

    slug: str
    revision: int
    created_at: int
    position: int
    document: dict[str, Any]
    stands: bool = True
    rerendering: UUID | None = None

    @property
    def text(self) -> str:
        """The document as it is stored."""
        return encode(self.document)

    @property
    def owner(self) -> str | None:
        """The private dataset that an actor or a source belongs to, if any."""
        dataset: str | None = self.document["dataset"]
        return dataset


@dataclass(frozen=True, slots=True)
class SluggedChange:
    """One record made, changed, deleted or merged away (`content` is None), or brought back.

    `content` is all that is set of it, in the document's order. `marks` are codes of an actor that
    its document does not show; with `same_names` those that it is found by stay as they are.
    """

    operation: str
    slug: str
    before: Slugged | None
    content: Mapping[str, Any] | None
    marks: Sequence[tuple[str, str]] = ()
    same_names: bool = False

    @property
    def replaces(self) -> bool:
        """Whether there is a record that stands already."""
        return self.before is not None and self.before.stands


def save_slugged(write: Write, noun: str, changes: Sequence[SluggedChange]) -> list[Slugged]:
    """Save the changes, no two of one record, and return each record as it then is."""
    if not changes:
        return []
    for change in changes:
        if change.before is not None:
            write.follow(change.before.position)
    first = write.reserve_positions(len(changes)) + 1
    saved = [_saved(change, at, write.at) for at, change in enumerate(changes, first)]
    rows = Rows()
    for change, stands in zip(changes, saved, strict=True):
        rows.add(change_feed, _feed_row(write, noun, change.operation, stands))
    _put(write, rows, noun, list(zip(changes, saved, strict=True)))
    return saved


def save_always(write: Write, noun: str, changes: Sequence[SluggedChange]) -> None:
    """Save new records as if they had stood always: no change of the feed made them."""
    made = [(change, _saved(change, ALWAYS, write.at)) for change in changes]
    _put(write, Rows(), noun, made)


def select_slugged(noun: str, *, key_share: bool = False) -> Select[Any]:
    """What `stored` reads of the records that stand, locked; by slug, so that all lock in order."""
    table, _ = TABLES[noun]
    columns = ("slug", "revision", "created_at", "from_position", "document")
    found = select(*(table.c[name] for name in columns)).order_by(table.c.slug)
    return found.with_for_update(of=table, key_share=key_share)


def stored(row: Row[Any]) -> Slugged:
    """The record of a row that `select_slugged` found."""
    return Slugged(row.slug, row.revision, row.created_at, row.from_position, decode(row.document))


def last_states(
    connection: Connection, noun: str, slugs: Iterable[str], caller: Caller = OPERATOR
) -> dict[str, Slugged]:
    """How those of the records last stood that were there once, as far as the caller may know.

    For slugs under which nothing stands: what took a record away was its last revision.
    """
    values = {"slugs": sorted(set(slugs)), **bind_grants(caller)}
    rows = connection.execute(_last_states(noun, caller.sees_all), values)
    return {
        row.slug: Slugged(
            row.slug,
            row.revision + 1,
            row.created_at,
            row.until_position,
            decode(row.document),
            stands=False,
        )
        for row in rows
    }


def stamped(
    content: Mapping[str, Any], revision: int, created_at: int, updated_at: int
) -> dict[str, Any]:
    """The whole document: what is set, then the revision and the two instants."""
    return {
        **content,
        "revision": revision,
        "created_at": instant_text(created_at),
        "updated_at": instant_text(updated_at),
    }


def unstamped(document: Mapping[str, Any]) -> dict[str, Any]:
    """What is set of a document."""
    return {name: value for name, value in document.items() if name not in STAMP}


def columns_of(noun: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """What the row of a record has of its document, but for its stamp."""
    table, _ = TABLES[noun]
    content = unstamped(document)
    columns = {name: content[name] for name in content if name in table.c}
    if noun == "dataset":
        day = document["released_on"]
        columns["is_private"] = int(document["visibility"] == "private")
        columns["released_on"] = date.fromisoformat(day) if day else None
    return columns


def _saved(change: SluggedChange, position: int, at: int) -> Slugged:
    before = change.before
    if change.content is None:
        assert before is not None, "what goes away was there"
        return replace(before, revision=before.revision + 1, position=position, stands=False)
    revision, created_at = (before.revision + 1, before.created_at) if before else (1, at)
    document = stamped(change.content, revision, created_at, at)
    return Slugged(change.slug, revision, created_at, position, document)


def _put(
    write: Write, rows: Rows, noun: str, changes: Sequence[tuple[SluggedChange, Slugged]]
) -> None:
    """Write the rows; names refer to actors, and so go first and come last."""
    renamed = [(change, now) for change, now in changes if not change.same_names]
    for change, now in renamed if noun == "actor" else ():
        if change.replaces:
            for table in (actor_names, actor_codes):
                rows.close(table, now.position, actor=change.slug)
    for change, now in changes:
        _put_record(rows, noun, change, now, write.at)
    for change, now in renamed if noun == "actor" else ():
        if now.stands:
            _add_names(rows, now, change.marks)
    rows.write(write.connection)
    if noun != "dataset":
        forget_keys(write, noun, [change.slug for change, _ in renamed if change.replaces])
        keep_keys(write, noun, [now.document for _, now in renamed if now.stands])


def _put_record(rows: Rows, noun: str, change: SluggedChange, now: Slugged, at: int) -> None:
    table, _ = TABLES[noun]
    if not now.stands:
        rows.close(table, now.position, slug=change.slug)
        return
    row = {
        **columns_of(noun, now.document),
        "revision": now.revision,
        "created_at": now.created_at,
        "updated_at": at,
        "from_position": now.position,
        "document": now.text,
    }
    put = rows.replace if change.replaces else rows.add
    put(table, row)


def _add_names(rows: Rows, actor: Slugged, marks: Sequence[tuple[str, str]]) -> None:
    document = actor.document
    of = {"actor": actor.slug, "from_position": actor.position}
    for name in sorted({fold_name(each) for each in (document["name"], *document["aliases"])}):
        rows.add(actor_names, {"folded": name, **of})
    listed = [(scheme, code) for scheme, codes in document["codes"].items() for code in codes]
    for scheme, code in (*listed, *marks):
        rows.add(actor_codes, {"scheme": scheme, "code": code, **of})


def _feed_row(write: Write, noun: str, operation: str, now: Slugged) -> dict[str, Any]:
    id = slug_id(noun, now.slug)
    return {
        "event_id": id,
        "position": now.position,
        "id": id,
        "at": write.at,
        "revision": now.revision,
        "kind": noun,
        "operation": operation,
        "slug": now.slug,
        "dataset": now.slug if noun == "dataset" else now.document["dataset"],
        "to_dataset": None,
        "by": write.by,
    }


@cache
def _last_states(noun: str, sees_all: bool) -> Select[Any]:
    _, past = TABLES[noun]
    other = past.alias()
    last = select(func.max(other.c.until_position)).where(other.c.slug == past.c.slug)
    visible_by = "slug" if noun == "dataset" else "dataset"
    seen = build_visibility(past, (visible_by,), OPERATOR if sees_all else ANONYMOUS)
    return select(past).where(
        any_of(past.c.slug, "slugs"), past.c.until_position == last.scalar_subquery(), *seen
    )
