"""What a caller may write: every write asks here, once it has found what the caller sees."""

from app.errors import Fault, NotGranted
from app.values.caller import Caller


def require_right(caller: Caller, dataset: str | None, pointer: str | None = None) -> None:
    """Refuse to write a record of a dataset, or for None a shared one, that the caller sees.

    `pointer` is where the body names it; what the caller does not see is not found instead.
    """
    if caller.can_write(dataset):
        return
    this = "this is shared by all datasets" if dataset is None else f"this belongs to {dataset!r}"
    raise _make_refusal(caller, this, pointer)


def require_unrestricted(caller: Caller, what: str) -> None:
    """Refuse what no key does that is held to datasets."""
    if caller.is_restricted:
        raise _make_refusal(caller, f"only keys that are not held to datasets {what}")


def _make_refusal(caller: Caller, why: str, pointer: str | None = None) -> NotGranted:
    held = ", ".join(repr(slug) for slug in sorted(caller.datasets or ())) or "no dataset"
    detail = f"the key writes to {held}, and {why}"
    return NotGranted(detail, Fault(code="not-granted", detail=detail, pointer=pointer))
