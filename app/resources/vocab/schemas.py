"""The shapes of the vocabularies as they are served."""

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

    type: EventTypeName = Field(description="Its name, as events give it.")
    category: Category = Field(description="What it belongs to.")
    label: str = Field(description="Its name for people.")
    note: str | None = Field(description="What belongs to it, where that needs saying.")
    details: str | None = Field(description="The kind of details that its events have.")
    codes: ForeignCodes = Field(description="The foreign codes that stand for it, by scheme.")


class WholeEventType(EventType):
    """A class of events, with what its details hold and every foreign code that becomes it."""

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
        description="Every foreign code that becomes this type, by scheme."
    )
    details_schema: dict[str, Any] | None = Field(
        description="The JSON Schema (2020-12) of its details; null where it has none."
    )


class VocabularyList(BaseModel):
    """A list that can be read by its name."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"list": "roles", "size": 15, "url": "/v1/vocab/roles"}]}
    )

    list: str = Field(description="Its name.")
    size: CountNumber = Field(description="How many values it has.")
    url: str = Field(description="Where it is.")


class VocabularyTerm(BaseModel):
    """One value of a list; some lists say more of their values than these three."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [{"value": "host", "label": "Host", "definition": "", "acts": True}]
        },
    )

    value: str = Field(description="What records give.")
    label: str = Field(description="Its name for people.")
    definition: str = Field(description="What it means.")


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

    scheme: str = Field(description="The scheme that the code is of.")
    code: str = Field(description="The code, or the name.")
    kind: str = Field(description="`country`, `area`, `organisation` or `event-type`.")
    value: str | None = Field(
        description="The ISO3 code, the slug or the event type; null for an area."
    )
    label: str = Field(description="Its name for people.")
