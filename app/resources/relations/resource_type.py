"""Relations as a resource type."""

from app.models.relations import past_relations, relations
from app.query.resource_type import ResourceType

RELATIONS = ResourceType(
    name="relation",
    table=relations,
    past=past_relations,
    documents=relations,
    past_documents=None,
    key="id",
    sorts={"created_at": ("created_at", "id"), "updated_at": ("updated_at", "id")},
    default_sort="created_at",
    visible_by=("dataset", "to_dataset"),
)
