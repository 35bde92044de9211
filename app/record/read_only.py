"""Fields that Annals sets itself: a client may send them back, but not change them."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.errors import Fault, Invalid


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
