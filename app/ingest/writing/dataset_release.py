"""The release of a dataset: that of the last whole release imported to its end."""

import re
from dataclasses import dataclass
from typing import Any

from app.db.transaction import Transaction
from app.resources.datasets.schemas import DatasetContent
from app.resources.datasets.service import change_dataset
from app.values.caller import OPERATOR

_NUMBERS = re.compile(r"\d+(?:\.\d+)*")


@dataclass(frozen=True, slots=True)
class Release:
    """The facts of a file about its release: None for each that it does not give."""

    version: str | None = None
    released_on: str | None = None


def update_dataset_release(write: Transaction, slug: str, release: Release) -> None:
    """Update the dataset's release, except for values that an editor has set.

    A version is replaced by a later one of the same kind, as 23.1 by 24.1.
    """

    def revise(document: dict[str, Any]) -> DatasetContent:
        held = DatasetContent.model_validate(
            {name: document[name] for name in DatasetContent.model_fields}
        )
        told = {
            "version": release.version if _is_later(release.version, held.version) else None,
            "released_on": release.released_on if held.released_on is None else None,
        }
        return held.model_copy(update={name: value for name, value in told.items() if value})

    change_dataset(write, OPERATOR, slug, None, revise)


def _is_later(version: str | None, held: str | None) -> bool:
    if version is None or held is None:
        return held is None
    if not (_NUMBERS.fullmatch(version) and _NUMBERS.fullmatch(held)):
        return False
    return _parse_numbers(version) > _parse_numbers(held)


def _parse_numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]
