"""The resolution of slugs in an import's rows, beside records hidden from its caller.

The slug of a hidden record is taken: the import gives its own record the next free slug, and stores
it in `import_slugs`, so that the next import finds the record again.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, or_, select

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.ingest.row_parsing.name_parsing import LONGEST_SLUG
from app.models.imports import PUBLIC_OWNER, import_slugs
from app.record.links.publishing import (
    PublishedSlug,
    find_fully_visible,
    find_records_to_publish,
    publish_actors,
    publish_sources,
)
from app.record.reference_records.visible_slugs import (
    VisibleSlugs,
    find_taken_slugs,
    find_used_slugs,
    find_visible_slugs,
)
from app.values.caller import Caller

SUFFIXES_PER_LOOKUP = 10


class TargetDataset(NamedTuple):
    """The dataset of some rows, and its visibility."""

    dataset: str
    is_public: bool

    @property
    def owner(self) -> str:
        """The owner of records created beside hidden ones."""
        return PUBLIC_OWNER if self.is_public else self.dataset


class ResolvedSlug(NamedTuple):
    """The record for a slug in the rows; `is_separate` from a hidden record of that slug."""

    slug: str
    is_separate: bool = False


@dataclass(slots=True)
class SlugResolution:
    """The resolution of slugs: those to create are `absent`, those to publish `to_publish`."""

    noun: str
    target: TargetDataset
    by_slug: dict[str, ResolvedSlug] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    stored: Mapping[str, str] = field(default_factory=dict)
    to_publish: list[str] = field(default_factory=list)


def load_slug_resolution(
    write: Transaction, caller: Caller, noun: str, target: TargetDataset, slugs: Iterable[str]
) -> SlugResolution:
    """Resolve every slug, without writing anything."""
    wanted = sorted(set(slugs))
    kept = _load_stored_slugs(write.connection, noun, target, wanted)
    asked = {*wanted, *kept.own.values(), *kept.shared.values()}
    found = find_visible_slugs(write.connection, caller, noun, asked)
    unfit = _find_unpublishable(write, caller, noun, found) if target.is_public else set()
    seen = {slug: now for slug in wanted if (now := found.get_current(slug)) and now not in unfit}
    taken = find_taken_slugs(write.connection, caller, noun, set(wanted) - seen.keys())
    means = SlugResolution(noun, target, stored=kept.shared if target.is_public else kept.own)
    for slug in wanted:
        named = ResolvedSlug(seen[slug]) if slug in seen else None
        # A dataset's own private records take precedence over records created for other datasets.
        if target.is_public or slug in taken:
            named = _pick_own_record(found, kept.shared.get(slug), target) or named
        named = _pick_own_record(found, kept.own.get(slug), target) or named
        if named is None:
            means.absent.add(slug)
        else:
            means.by_slug[slug] = named
    if target.is_public:
        current = {resolved.slug for resolved in means.by_slug.values()}
        means.to_publish = sorted(
            slug for slug in current if found.private_datasets[slug] is not None
        )
    _assign_slugs(write.connection, means, sorted(means.absent), taken)
    return means


def store_import_slugs(write: Transaction, means: SlugResolution) -> None:
    """Store the slugs of records about to be created beside hidden ones, for the next import."""
    rows = [
        {
            "noun": means.noun,
            "owner": means.target.owner,
            "named": slug,
            "slug": means.by_slug[slug].slug,
        }
        for slug in sorted(means.absent)
        if means.by_slug[slug].is_separate
    ]
    if rows:
        # A stored record that was not found has been deleted since. A row that another import has
        # stored meanwhile violates the key: then this transaction starts over and finds it.
        stale = [
            {**row, "slug": stored} for row in rows if (stored := means.stored.get(row["named"]))
        ]
        if stale:
            forgotten = [{f"of_{name}": value for name, value in row.items()} for row in stale]
            write.connection.execute(_DELETE_SLUG, forgotten)
        write.connection.execute(insert(import_slugs), rows)


def publish_owned(write: Transaction, caller: Caller, means: SlugResolution) -> list[PublishedSlug]:
    """Publish the private records that rows of a public dataset depend on."""
    if not means.to_publish:
        return []
    adopt = publish_actors if means.noun == "actor" else publish_sources
    return adopt(write, caller, means.to_publish)


def find_owned_to_publish(
    write: Transaction, caller: Caller, means: SlugResolution
) -> list[PublishedSlug]:
    """Find the records that `publish_owned` would publish."""
    if means.noun == "actor":
        return [PublishedSlug("actor", slug) for slug in means.to_publish]
    return find_records_to_publish(write, caller, means.to_publish) if means.to_publish else []


class _StoredSlugs(NamedTuple):
    """The slugs stored by earlier imports: for the dataset itself, and for all public datasets."""

    own: Mapping[str, str]
    shared: Mapping[str, str]


def _load_stored_slugs(
    connection: Connection, noun: str, target: TargetDataset, slugs: Collection[str]
) -> _StoredSlugs:
    values = {"noun": noun, "dataset": target.dataset, "slugs": slugs}
    rows = connection.execute(_STORED_SLUGS, values).all()
    return _StoredSlugs(
        {row.named: row.slug for row in rows if row.owner != PUBLIC_OWNER},
        {row.named: row.slug for row in rows if row.owner == PUBLIC_OWNER},
    )


def _pick_own_record(
    found: VisibleSlugs, kept: str | None, target: TargetDataset
) -> ResolvedSlug | None:
    """Return the separate record, if it still exists and still belongs to the dataset."""
    current = found.get_current(kept) if kept is not None else None
    if current is None or found.private_datasets[current] not in {None, target.dataset}:
        return None
    return ResolvedSlug(current, is_separate=True)


def _find_unpublishable(
    write: Transaction, caller: Caller, noun: str, found: VisibleSlugs
) -> set[str]:
    """Find the records that cannot become public, since they would reveal hidden ones."""
    owned = {slug for slug, owner in found.private_datasets.items() if owner is not None}
    return owned - find_fully_visible(write, caller, owned) if noun == "source" and owned else set()


def _assign_slugs(
    connection: Connection, means: SlugResolution, slugs: Collection[str], taken: Collection[str]
) -> None:
    """Assign slugs to the records to create."""
    used = {*means.by_slug, *slugs}
    for slug in slugs:
        free = _find_free_slug(connection, means.noun, slug, used) if slug in taken else slug
        used.add(free)
        means.by_slug[slug] = ResolvedSlug(free, is_separate=free != slug)


def _find_free_slug(connection: Connection, noun: str, slug: str, used: Collection[str]) -> str:
    suffixes = (f"-{number}" for number in count(2))
    # A slug with a number is never a three-letter country code.
    stem = slug.lower()
    while True:
        ends = islice(suffixes, SUFFIXES_PER_LOOKUP)
        tried = [stem[: LONGEST_SLUG - len(end)].rstrip("-") + end for end in ends]
        taken = find_used_slugs(connection, noun, tried) | {*used}
        free = [slug for slug in tried if slug not in taken]
        if free:
            return free[0]


_SLUG_COLUMNS = ("noun", "owner", "named", "slug")
_DELETE_SLUG = delete(import_slugs).where(
    *(import_slugs.c[name] == bindparam(f"of_{name}") for name in _SLUG_COLUMNS)
)
_STORED_SLUGS: Any = select(import_slugs.c.named, import_slugs.c.slug, import_slugs.c.owner).where(
    import_slugs.c.noun == bindparam("noun"),
    or_(import_slugs.c.owner == PUBLIC_OWNER, import_slugs.c.owner == bindparam("dataset")),
    any_of(import_slugs.c.named, "slugs"),
)
