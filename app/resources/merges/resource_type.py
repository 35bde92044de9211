"""Merges as a resource type that can be listed."""

from app.models.merges import merges
from app.query.resource_type import ResourceType

MERGES = ResourceType(
    name="merge",
    table=merges,
    past=None,
    documents=merges,
    past_documents=None,
    key="id",
    sorts={"created_at": ("created_at", "id"), "updated_at": ("updated_at", "id")},
    default_sort="created_at",
)
