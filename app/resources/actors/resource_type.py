"""Actors as a resource type."""

from app.models.actors import actors, past_actors
from app.query.resource_type import ResourceType

ACTORS = ResourceType(
    name="actor",
    table=actors,
    past=past_actors,
    documents=actors,
    past_documents=None,
    key="slug",
    sorts={"name": ("name", "slug"), "updated_at": ("updated_at", "slug")},
    default_sort="name",
)
