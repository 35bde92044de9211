"""Claims as a resource type."""

from app.models.claims import claims, past_claims
from app.query.resource_type import ResourceType

CLAIMS = ResourceType(
    name="claim",
    table=claims,
    past=past_claims,
    documents=claims,
    past_documents=None,
    key="id",
    sorts={"made_on": ("made_day", "id"), "updated_at": ("updated_at", "id")},
    default_sort="made_on",
)
