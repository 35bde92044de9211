"""Permissions to write, checked by every write once it has found the visible record."""

from app.errors import Fault, NotGranted
from app.values.caller import Caller


def require_right(caller: Caller, dataset: str | None, pointer: str | None = None) -> None:
    """Raise NotGranted unless the caller may write to the dataset, or for None to shared records.

    `pointer` is the place in the body that names the dataset. Call it only for visible records:
    others raise NotFound.
    """
    if caller.can_write(dataset):
        return
    this = "this is shared by all datasets" if dataset is None else f"this belongs to {dataset!r}"
    raise _make_refusal(caller, this, pointer)


def require_unrestricted(caller: Caller, what: str) -> None:
    """Raise NotGranted if the caller's key is restricted to datasets; `what` is the action."""
    if caller.is_restricted:
        raise _make_refusal(caller, f"only keys that are not held to datasets {what}")


def _make_refusal(caller: Caller, why: str, pointer: str | None = None) -> NotGranted:
    held = ", ".join(repr(slug) for slug in sorted(caller.datasets or ())) or "no dataset"
    detail = f"the key writes to {held}, and {why}"
    return NotGranted(detail, Fault(code="not-granted", detail=detail, pointer=pointer))
