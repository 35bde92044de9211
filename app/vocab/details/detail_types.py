"""The kinds of details by name: validated on input, published as JSON Schema."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from app.vocab.details.arms import ArmsTransfer
from app.vocab.details.conflict import ArmedConflict
from app.vocab.details.detail_fields import Details
from app.vocab.details.diplomacy import Agreement, PublicStatement, Sanction, Summit
from app.vocab.details.force import Exercise, Provocation
from app.vocab.details.launches import MissileTest, NuclearTest, SpaceLaunch

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MODELS: Mapping[str, type[Details]] = MappingProxyType(
    {
        "summit": Summit,
        "agreement": Agreement,
        "statement": PublicStatement,
        "sanction": Sanction,
        "arms-transfer": ArmsTransfer,
        "exercise": Exercise,
        "missile-test": MissileTest,
        "nuclear-test": NuclearTest,
        "space-launch": SpaceLaunch,
        "provocation": Provocation,
        "conflict": ArmedConflict,
    }
)
DETAILS = tuple(_MODELS)


def get_details_models() -> Mapping[str, type[Details]]:
    """Return the model of each kind of details."""
    return _MODELS


def read_details(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return details as stored: the fields with a value, in the order of the model.

    A null is the same as an absent field. Raise KeyError for an unknown kind, and pydantic's
    ValidationError for details that do not fit it.
    """
    details = _MODELS[kind].model_validate(dict(given))
    return details.model_dump(mode="json", by_alias=True, exclude_none=True)


@cache
def get_details_schemas() -> Mapping[str, Mapping[str, Any]]:
    """Return the JSON Schema (2020-12) of each kind of details."""
    return MappingProxyType(
        {
            kind: {"$schema": _DIALECT, **model.model_json_schema(by_alias=True)}
            for kind, model in _MODELS.items()
        }
    )
