"""Steps of a history that change what events rest on: actors and sources."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tests.api.questions.records import Content

if TYPE_CHECKING:
    from tests.api.questions.history import History

PASSING = "passer-by"
"""An actor that is deleted in the end."""


def rest_on_others(history: "History") -> None:
    """Actors are renamed, and sources weighed otherwise."""
    for slug, name in (("kim-jong-un", "Kim Čong Ŭn"), ("wing-sixteen", "Wing KN-23")):
        history.send("PATCH", f"/v1/actors/{slug}", {"name": name})
        history.records.rename(slug, name, history.at)
    changes: Sequence[tuple[str, Content]] = (
        ("blog", {"reliability": "B"}),
        ("paper-c", {"owner": None}),
        ("wire-a", {"speaks_for": "USA"}),
    )
    for slug, changed in changes:
        history.send("PATCH", f"/v1/sources/{slug}", changed)
        history.records.change_source(slug, changed, history.at)


def merge_others(history: "History") -> None:
    """An actor and a source turn out to be the same as others."""
    for nouns, slug, into in (
        ("actors", "tokyo-circle", "rada-lodz"),
        ("sources", "paper-c", "blog"),
    ):
        history.send("POST", f"/v1/{nouns}/{slug}/merge", {"into": into})
        history.records.merge_named(slug, into, history.at)


def delete_actor(history: "History") -> None:
    """An actor goes, after all events that name it; none of these comes back."""
    records = history.records
    for event in list(records.events.values()):
        if PASSING in {each["actor"] for each in event.content["participants"]}:
            history.send("DELETE", f"/v1/events/{event.id}")
            records.delete_event(event)
    history.send("DELETE", f"/v1/actors/{PASSING}")
    records.naming.delete(PASSING)
    for event_id, event in list(records.deleted.items()):
        if records.naming.names_gone(event.content):
            del records.deleted[event_id]
