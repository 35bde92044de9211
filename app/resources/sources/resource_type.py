"""Sources as a resource type."""

from app.models.sources import past_sources, sources
from app.query.resource_type import ResourceType

SOURCES = ResourceType(
    name="source",
    table=sources,
    past=past_sources,
    documents=sources,
    past_documents=None,
    key="slug",
    sorts={"name": ("name", "slug"), "updated_at": ("updated_at", "slug")},
    default_sort="name",
)
