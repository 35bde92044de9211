"""Which revision a change is meant for."""

from app.errors import Stale


def check_revision(required: int | None, revision: int) -> None:
    """Refuse a change meant for another revision than the one that stands; None is any."""
    if required is not None and required != revision:
        raise Stale(f"the record is at revision {revision} now, not {required}; read it again")
