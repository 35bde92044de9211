"""The errors for absent records."""

from uuid import UUID

import pytest

from app.errors import Gone, NotFound
from app.record.not_found import Absence

ID = UUID("01890000-0000-7000-8000-000000000000")


@pytest.mark.parametrize(
    ("absence", "key", "error", "detail"),
    [
        (Absence(), ID, NotFound, f"there is no event {ID}"),
        (Absence(), "kim", NotFound, "there is no event 'kim'"),
        (Absence(is_deleted=True), ID, Gone, "was deleted; its history can still be read"),
        (Absence(is_purged=True), ID, Gone, "was purged: it was removed for good"),
        (Absence(is_deleted=True, is_purged=True), ID, Gone, "was deleted"),
    ],
)
def test_an_absent_record_has_one_error(
    absence: Absence, key: UUID | str, error: type[Exception], detail: str
) -> None:
    made = absence.make_error("event", key)
    assert type(made) is error
    assert detail in made.detail
