"""Validation of mapped records by the rules for every record."""

from typing import Any

from pydantic import BaseModel, ValidationError

from app.ingest.reading.import_format import BadRow
from app.record.content import ClaimContent, EventContent
from app.resources.claims.schemas import ClaimCreate
from app.resources.events.schemas import EventImport

_EVENT_VALIDATOR = EventImport.__pydantic_validator__
_CLAIM_VALIDATOR = ClaimCreate.__pydantic_validator__


def validate_event(content: EventContent) -> EventContent:
    """Return the content to store; raise BadRow with the field that breaks a rule."""
    body: Any = validate_content(_EVENT_VALIDATOR, content, "")
    return {**content, "details": body.details}


def validate_claim(content: ClaimContent) -> None:
    """Raise BadRow, with the field, if a claim breaks a rule."""
    validate_content(_CLAIM_VALIDATOR, content, "claims.")


def validate_content(validator: Any, content: Any, place: str) -> BaseModel:
    """Return the content as a model; raise BadRow with the field, prefixed by `place`."""
    try:
        return validator.validate_python(content)  # type: ignore[no-any-return]
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        name = place + ".".join(str(part) for part in first["loc"])
        value = first.get("input")
        shown = value if isinstance(value, str) else None
        raise BadRow(name or None, shown and shown[:200], first["msg"]) from None
