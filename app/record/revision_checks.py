"""Preconditions of a change: the revision that it is meant for, and unchanged read-only fields."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.errors import Fault, Invalid, Stale


def check_revision(required: int | None, revision: int) -> None:
    """Raise Stale unless the change is meant for the current revision; None means any."""
    if required is not None and required != revision:
        raise Stale(f"the record is at revision {revision} now, not {required}; read it again")


def check_read_only(
    document: Mapping[str, Any], sent: Mapping[str, Any], names: Iterable[str]
) -> None:
    """Raise Invalid if a body gives a read-only field another value than it has."""
    faults = [
        Fault(
            code="read-only",
            detail=f"{name} is set by Annals; leave it out, or send it as it was read",
            pointer=f"/{name}",
        )
        for name in names
        if name in sent and sent[name] != document.get(name)
    ]
    if faults:
        raise Invalid("fields that Annals sets itself cannot be changed", *faults)
