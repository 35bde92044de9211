"""Records as they ought to be served, field by field."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from app.values.dates import format_day, parse_date
from app.vocab.event_types import get_event_types
from tests.api.questions.judging import Judgement
from tests.api.questions.records import Claim, Content, Event, Relation, State

DERIVED = [
    "lifecycle",
    "verification",
    "verification_rule",
    "verification_reason",
    "fatalities",
    "claims",
]


def event_document(
    names: Mapping[str, str], event: Event, judgement: Judgement, day: int | None
) -> Content:
    """An event, with what was known by a day if one is given."""
    content = event.content
    date = parse_date(content["date"])
    document = {
        "id": event.id,
        "revision": event.state.revision,
        **content,
        "category": get_event_types()[content["type"]].category,
        "earliest_on": format_day(date.earliest_day),
        "latest_on": format_day(date.latest_day),
        "date_precision": date.precision,
        "verification": judgement.status,
        "verification_rule": judgement.rule,
        "verification_reason": judgement.reason,
        "participants": [
            {**each, "name": names[each["actor"]]} for each in content["participants"]
        ],
        "fatalities": judgement.fatalities,
        "claims": {
            "affirming": judgement.affirming,
            "denying": judgement.denying,
            "independent": judgement.independent,
            "first_made_on": format_day(judgement.first_made_day),
        },
        **_times(event.state),
    }
    if day is not None:
        if content["lifecycle"] != "cancelled" and day < date.earliest_day:
            document["lifecycle"] = "planned"
        document["known_by"] = {"day": format_day(day), "derived": DERIVED}
    return document


def claim_document(claim: Claim) -> Content:
    """A claim."""
    state = {"id": claim.id, "revision": claim.state.revision, "event": claim.event}
    return {**state, **claim.content, **_times(claim.state)}


def relation_document(relation: Relation) -> Content:
    """A relation, but for its id, which no two databases make alike."""
    return {"revision": relation.state.revision, **relation.content, **_times(relation.state)}


def _times(state: State) -> dict[str, Any]:
    return {"created_at": _instant(state.created_at), "updated_at": _instant(state.updated_at)}


def _instant(micros: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
