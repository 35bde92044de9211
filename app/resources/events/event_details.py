"""Validation of an event's details by its type."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.values.suggestions import did_you_mean
from app.vocab.details.detail_types import get_details_models, read_details
from app.vocab.event_types import get_event_types
from app.web.errors.validation_errors import list_names_at


def validate_details(type: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the details as they are stored; ValidationError with locations below `details`."""
    kind = get_event_types()[type].details
    if kind is None:
        raise PydanticCustomError(
            "no-details", "events of the type {type} have no details", {"type": type}
        )
    try:
        return read_details(kind, given)
    except ValidationError as wrong:
        model = get_details_models()[kind]
        problems = [_place_error(problem, model) for problem in wrong.errors(include_url=False)]
        raise ValidationError.from_exception_data(wrong.title, problems) from None


def _place_error(problem: Mapping[str, Any], model: type[BaseModel]) -> InitErrorDetails:
    location = problem["loc"]
    kind, message = problem["type"], str(problem["msg"])
    if kind == "extra_forbidden":
        name = str(location[-1])
        kind = "unknown-field"
        message = (
            f"unknown field '{name[:80]}'{did_you_mean(name, list_names_at(model, location[:-1]))}"
        )
    error = PydanticCustomError(kind, "{message}", {**problem.get("ctx", {}), "message": message})
    return {"type": error, "loc": ("details", *location), "input": problem["input"]}
