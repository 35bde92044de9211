"""Creating, listing and revoking keys."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, Select, Text, bindparam, func, select, tuple_

from app.auth.key_tokens import mint_key
from app.auth.keys import add_key
from app.db.transaction import Transaction
from app.errors import Fault, Invalid, NotFound
from app.models.datasets import datasets
from app.models.keys import keys
from app.record.revision_checks import check_revision
from app.resources.keys.schemas import KeyCreate
from app.values.suggestions import did_you_mean
from app.values.timestamps import format_timestamp

ACTIVE, REVOKED = 1, 2
"""The revisions of a key: it is made, and it is revoked once."""

_AFTER_LAST_SEEN = tuple_(keys.c.created_at, keys.c.id) < tuple_(
    bindparam("after_0", type_=BigInteger), bindparam("after_1", type_=Text)
)


def create_key(write: Transaction, wanted: KeyCreate, random: bytes) -> dict[str, Any]:
    """Create a key of `RANDOM_BYTES` random bytes; only its result has the token, as `key`."""
    _check_datasets(write.connection, wanted.datasets or [])
    if "admin" in wanted.scopes and wanted.datasets is not None:
        detail = "a key with the scope admin is held to no datasets: leave them or admin out"
        raise Invalid(detail, Fault(code="admin-held", detail=detail, pointer="/datasets"))
    minted = mint_key(random)
    row = add_key(write, minted, wanted.name, wanted.scopes, wanted.datasets)
    return {**render_key(row), "key": minted.token}


def revoke_key(write: Transaction, id: str, required: int | None = None) -> dict[str, Any]:
    """Revoke a key, for good; a key that was revoked before stays as it is."""
    key = find_key(write.connection, id)
    check_revision(required, key["revision"])
    if key["revision"] == REVOKED:
        return key
    write.connection.execute(keys.update().where(keys.c.id == id).values(revoked_at=write.at))
    return find_key(write.connection, id)


def find_key(connection: Connection, id: str) -> dict[str, Any]:
    """Return the document of one key; raise NotFound if it does not exist."""
    row = connection.execute(select(keys).where(keys.c.id == id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no key {id[:80]}")
    return render_key(row)


def list_keys(
    connection: Connection,
    revoked: bool | None = None,
    limit: int | None = None,
    after: tuple[Any, ...] | None = None,
) -> Sequence[Row[Any]]:
    """Return the rows of the keys, newest first, after (created_at, id) of the last one seen."""
    wanted = _filter_revoked(select(keys), revoked)
    binds: dict[str, Any] = {}
    if after is not None:
        wanted = wanted.where(_AFTER_LAST_SEEN)
        binds = {"after_0": after[0], "after_1": after[1]}
    newest_first = wanted.order_by(keys.c.created_at.desc(), keys.c.id.desc())
    return connection.execute(newest_first.limit(limit), binds).all()


def count_keys(connection: Connection, revoked: bool | None = None) -> int:
    """Return the number of keys, or of those that were or were not revoked."""
    return connection.scalar(_filter_revoked(select(func.count()).select_from(keys), revoked)) or 0


def render_key(row: Row[Any]) -> dict[str, Any]:
    """Return the document of a key."""
    revoked_at = row.revoked_at
    return {
        "id": row.id,
        "revision": ACTIVE if revoked_at is None else REVOKED,
        "name": row.name,
        "scopes": row.scopes,
        "datasets": row.datasets,
        "created_at": format_timestamp(row.created_at),
        "revoked_at": None if revoked_at is None else format_timestamp(revoked_at),
    }


def _filter_revoked(wanted: Select[Any], revoked: bool | None) -> Select[Any]:
    if revoked is None:
        return wanted
    return wanted.where(keys.c.revoked_at.is_not(None) if revoked else keys.c.revoked_at.is_(None))


def _check_datasets(connection: Connection, wanted: list[str]) -> None:
    if not wanted:
        return
    there = connection.scalars(select(datasets.c.slug)).all()
    faults = [
        Fault(
            code="unknown-dataset",
            detail=f"there is no dataset {slug}{did_you_mean(slug, there)}",
            pointer=f"/datasets/{place}",
        )
        for place, slug in enumerate(wanted)
        if slug not in there
    ]
    if faults:
        raise Invalid("; ".join(fault.detail for fault in faults), *faults)
