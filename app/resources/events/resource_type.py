"""Events as a resource type."""

from app.models.events import event_documents, events, past_event_documents, past_events
from app.query.resource_type import ResourceType

EVENTS = ResourceType(
    name="event",
    table=events,
    past=past_events,
    documents=event_documents,
    past_documents=past_event_documents,
    key="id",
    sorts={
        "date": ("order_key",),
        "updated_at": ("updated_at", "order_key"),
        "fatalities": ("fatalities_best", "order_key"),
        "title": ("title", "order_key"),
        "relevance": ("relevance", "order_key"),
    },
    default_sort="date",
)
