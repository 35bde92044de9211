"""Schemas of the vocabularies."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.vocab.field_types import Category, CountNumber, EventTypeName

ForeignCodes = dict[str, list[str]]

_SUMMIT: dict[str, Any] = {
    "type": "summit",
    "category": "diplomacy",
    "label": "Summit",
    "note": "Heads of state or government meet",
    "details": "summit",
    "codes": {"cameo": ["042"], "plover": ["CONSULT/visit"], "acled": [], "ucdp": []},
}


class EventType(BaseModel):
    """A class of events."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SUMMIT]})

    type: EventTypeName = Field(description="Name, as used in events.")
    category: Category = Field(description="Category.")
    label: str = Field(description="Display name.")
    note: str | None = Field(description="Scope of the type, if its label is not enough.")
    details: str | None = Field(description="Kind of details of its events.")
    codes: ForeignCodes = Field(description="Foreign codes that represent it, by scheme.")


class WholeEventType(EventType):
    """A class of events with the schema of its details and every foreign code mapped to it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_SUMMIT,
                    "crosswalk": {"cameo": ["042", "043"], "plover": [], "acled": [], "ucdp": []},
                    "details_schema": {"type": "object"},
                }
            ]
        }
    )

    crosswalk: ForeignCodes = Field(
        description="Every foreign code mapped to this type, by scheme."
    )
    details_schema: dict[str, Any] | None = Field(
        description="JSON Schema (2020-12) of its details; null without details."
    )


class VocabularyList(BaseModel):
    """A vocabulary and its URL."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"list": "roles", "size": 15, "url": "/v1/vocab/roles"}]}
    )

    list: str = Field(description="Name.")
    size: CountNumber = Field(description="Number of values.")
    url: str = Field(description="URL.")


class VocabularyTerm(BaseModel):
    """One value of a vocabulary; some vocabularies have more properties than these."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [{"value": "host", "label": "Host", "definition": "", "acts": True}]
        },
    )

    value: str = Field(description="Value, as used in records.")
    label: str = Field(description="Display name.")
    definition: str = Field(description="Definition.")


class CodeReading(BaseModel):
    """One meaning of a code or a name."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "scheme": "fips",
                    "code": "KN",
                    "kind": "country",
                    "value": "PRK",
                    "label": "North Korea",
                }
            ]
        }
    )

    scheme: str = Field(description="Scheme of the code.")
    code: str = Field(description="The code, or the name.")
    kind: str = Field(description="`country`, `area`, `organisation` or `event-type`.")
    value: str | None = Field(
        description="The ISO3 code, the slug or the event type; null for an area."
    )
    label: str = Field(description="Display name.")
