"""Which revision a change is meant for."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.errors import Fault, Invalid, Stale


def check_revision(required: int | None, revision: int) -> None:
    """Refuse a change meant for another revision than the one that stands; None is any."""
    if required is not None and required != revision:
        raise Stale(f"the record is at revision {revision} now, not {required}; read it again")


def check_read_only(
    document: Mapping[str, Any], sent: Mapping[str, Any], names: Iterable[str]
) -> None:
    """Refuse a body that gives one of these fields another value than it has."""
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
