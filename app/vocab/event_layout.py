"""The fields of an event's document: their order, their types and their columns in tables."""

from dataclasses import dataclass
from typing import Literal

ScalarType = Literal["text", "day", "instant", "integer", "number"]
FieldType = Literal[ScalarType, "blank-text", "texts", "codes", "json", "object", "objects"]
"""`blank-text` may be empty; `codes` maps schemes to codes; `json` has no fixed shape."""


@dataclass(frozen=True, slots=True)
class FieldMember:
    """A member of a field that is an object or a list of objects, with its column in tables."""

    name: str
    column: str
    type: ScalarType = "text"
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class DocumentField:
    """A field of an event's document; one that is not settable is derived by Annals."""

    name: str
    type: FieldType = "text"
    settable: bool = False
    nullable: bool = False
    members: tuple[FieldMember, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the field in tables, in their order."""
        return tuple(member.column for member in self.members) or (self.name,)

    @property
    def required_member(self) -> str | None:
        """The first member that is never null: an object without it is null."""
        return next((member.name for member in self.members if not member.nullable), None)


_OVERRIDE = (
    FieldMember("status", "override_status", nullable=False),
    FieldMember("reason", "override_reason", nullable=False),
)
_LOCATION = (
    FieldMember("name", "location_name"),
    FieldMember("country", "country"),
    FieldMember("admin1", "admin1"),
    FieldMember("longitude", "longitude", "number"),
    FieldMember("latitude", "latitude", "number"),
    FieldMember("precision", "location_precision", nullable=False),
)
_PARTICIPANT = (
    FieldMember("actor", "participant_actors", nullable=False),
    FieldMember("name", "participant_names", nullable=False),
    FieldMember("for", "participant_for"),
    FieldMember("role", "participant_roles", nullable=False),
)
_FATALITIES = (
    FieldMember("low", "fatalities_low", "integer"),
    FieldMember("best", "fatalities_best", "integer"),
    FieldMember("high", "fatalities_high", "integer"),
)
_CLAIMS = (
    FieldMember("affirming", "claims_affirming", "integer", nullable=False),
    FieldMember("denying", "claims_denying", "integer", nullable=False),
    FieldMember("independent", "claims_independent", "integer", nullable=False),
    FieldMember("first_made_on", "claims_first_made_on", "day"),
)

EVENT_LAYOUT: tuple[DocumentField, ...] = (
    DocumentField("id"),
    DocumentField("revision", "integer"),
    DocumentField("dataset", settable=True),
    DocumentField("external_id", settable=True, nullable=True),
    DocumentField("type", settable=True),
    DocumentField("category"),
    DocumentField("title", settable=True),
    DocumentField("summary", "blank-text", settable=True, nullable=True),
    DocumentField("date", settable=True),
    DocumentField("earliest_on", "day", nullable=True),
    DocumentField("latest_on", "day", nullable=True),
    DocumentField("date_precision"),
    DocumentField("lifecycle", settable=True),
    DocumentField("verification"),
    DocumentField("verification_rule"),
    DocumentField("verification_reason"),
    DocumentField(
        "verification_override", "object", settable=True, nullable=True, members=_OVERRIDE
    ),
    DocumentField("location", "object", settable=True, nullable=True, members=_LOCATION),
    DocumentField("participants", "objects", settable=True, members=_PARTICIPANT),
    DocumentField("details", "json", settable=True, nullable=True),
    DocumentField("fatalities", "object", settable=True, nullable=True, members=_FATALITIES),
    DocumentField("codes", "codes", settable=True),
    DocumentField("tags", "texts", settable=True),
    DocumentField("claims", "object", members=_CLAIMS),
    DocumentField("created_at", "instant"),
    DocumentField("updated_at", "instant"),
)
"""Every field of an event in the order of its document, of its schema and of the columns."""

DERIVED_EVENT_FIELDS = tuple(field.name for field in EVENT_LAYOUT if not field.settable)
