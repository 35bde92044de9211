"""The questions that can be asked of keys."""

from pydantic import Field

from app.query.params import PageParams


class KeyQuery(PageParams):
    """Everything that a list of keys takes."""

    revoked: bool | None = Field(
        default=None, description="Only the keys that were revoked, or only those that were not."
    )
