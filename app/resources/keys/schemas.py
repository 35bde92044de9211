"""Schemas of keys; none of them has the hash."""

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
    """A key to create."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [_CREATE_EXAMPLE]}
    )

    name: Line = Field(description="The holder of the key; a key cannot be renamed.")
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES))] = Field(
        description="The scopes; `admin` includes the others."
    )
    datasets: Annotated[list[Slug], Field(max_length=200)] | None = Field(
        default=None,
        description="The datasets that the key is held to, which must exist: it sees no other"
        " private datasets and writes to no others. Null for all datasets, also future ones; with"
        " `admin` it must be null.",
    )


class Key(BaseModel):
    """A key, without its token."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEY_EXAMPLE]})

    id: str = Field(
        max_length=100, description="Its name in URLs, in the key itself and in `recorded_by`."
    )
    revision: RevisionNumber = Field(description="1, or 2 after it was revoked.")
    name: Line = Field(description="The holder of the key.")
    scopes: list[Scope] = Field(description="The scopes; `admin` includes the others.")
    datasets: list[Slug] | None = Field(
        description="The datasets that the key is held to, or null; always null with `admin`."
    )
    created_at: TimestampText
    revoked_at: TimestampText | None = Field(
        description="The time of the revocation; null if it was not revoked."
    )


class NewKey(Key):
    """A new key with its token, which is shown only once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**_KEY_EXAMPLE, "key": f"annals_3f9a2c4be07d1568_{'0' * 43}"}]
        }
    )

    key: str = Field(
        description="The token to send as `Authorization: Bearer …`. It is not stored."
    )
