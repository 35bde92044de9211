"""The parameters of a list of keys."""

from pydantic import Field

from app.query.params import PageParams


class KeyQuery(PageParams):
    """The parameters of a list of keys."""

    revoked: bool | None = Field(
        default=None, description="Only keys that were revoked, or only keys that were not."
    )
