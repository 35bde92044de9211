"""The shapes of a key, in and out; its hash is in none of them."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.auth.keys import SCOPES, Scope
from app.vocab.field_types import Line, RevisionNumber, Slug, TimestampText

_CREATE_EXAMPLE: dict[str, Any] = {
    "name": "Dashboard of the desk",
    "scopes": ["read"],
    "datasets": ["acled"],
}
_KEY_EXAMPLE: dict[str, Any] = {
    "id": "3f9a2c4be07d1568",
    "revision": 1,
    **_CREATE_EXAMPLE,
    "created_at": "2024-06-12T08:00:00.000000Z",
    "revoked_at": None,
}


class KeyCreate(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [_CREATE_EXAMPLE]}
    )

    name: Line = Field(description="Who or what holds it; a key cannot be renamed.")
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES))] = Field(
        description="What it allows; `admin` includes the others."
    )
    datasets: Annotated[list[Slug], Field(max_length=200)] | None = Field(
        default=None,
        description="The datasets that it is held to, which must exist: of private ones it sees no"
        " others, and it writes to no others. Null for all, also those to come; with `admin` it"
        " must be null.",
    )


class Key(BaseModel):
    """A key, without what makes it work."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEY_EXAMPLE]})

    id: str = Field(
        max_length=100, description="Its name in URLs, in the key itself and in `recorded_by`."
    )
    revision: RevisionNumber = Field(description="1, and 2 once it is revoked.")
    name: Line = Field(description="Who or what holds it.")
    scopes: list[Scope] = Field(description="What it allows; `admin` includes the others.")
    datasets: list[Slug] | None = Field(
        description="The datasets that it is held to; null for none. One with `admin` never is."
    )
    created_at: TimestampText
    revoked_at: TimestampText | None = Field(description="When it was revoked, if it was.")


class NewKey(Key):
    """A key as it is shown once, when it is made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**_KEY_EXAMPLE, "key": f"annals_3f9a2c4be07d1568_{'0' * 43}"}]
        }
    )

    key: str = Field(description="What is sent as `Authorization: Bearer …`. It is not kept.")
