"""What a format made of a row, held to the rules that hold for every record."""

from typing import Any

from pydantic import BaseModel, ValidationError

from app.ingest.reading.import_format import BadRow
from app.record.content import ClaimContent, EventContent
from app.resources.claims.schemas import ClaimCreate
from app.resources.events.schemas import EventImport

_EVENT_VALIDATOR = EventImport.__pydantic_validator__
_CLAIM_VALIDATOR = ClaimCreate.__pydantic_validator__


def validate_event(content: EventContent) -> EventContent:
    """The content as it is stored; BadRow names the field that breaks a rule."""
    body: Any = validate_content(_EVENT_VALIDATOR, content, "")
    return {**content, "details": body.details}


def validate_claim(content: ClaimContent) -> None:
    """Refuse a claim that breaks a rule; BadRow names the field."""
    validate_content(_CLAIM_VALIDATOR, content, "claims.")


def validate_content(validator: Any, content: Any, place: str) -> BaseModel:
    """The content as a model; BadRow names the field, behind `place`, that breaks a rule."""
    try:
        return validator.validate_python(content)  # type: ignore[no-any-return]
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        name = place + ".".join(str(part) for part in first["loc"])
        value = first.get("input")
        shown = value if isinstance(value, str) else None
        raise BadRow(name or None, shown and shown[:200], first["msg"]) from None
