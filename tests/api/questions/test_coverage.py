"""Completeness of the generated queries: a new filter of events is compared like the others."""

from collections.abc import Iterator
from random import Random

from app.query.event_fields import EVENT_FIELDS, FIELD_ALIASES
from app.query.fields import get_fields
from app.query.predicates import get_filters
from app.resources.events.query import EventFilters
from tests.api.questions.filtering import Tree
from tests.api.questions.filters import a_filter
from tests.api.questions.history import write_history
from tests.api.questions.naive import FILTERS
from tests.api.questions.questions import VALUES

FRAME = {"as_of", "known_by", "date_match", "q_in"}
"""Parameters that `questions._Frame` sets for a whole family of queries."""

ELSEWHERE = {"filter_lang": "tests/api/test_filters.py"}
"""Parameters that another test compares."""

KINDS_ELSEWHERE = {"truth": "tests/api/questions/standard.py"}
"""Kinds of details that another test compares; of each other kind one detail is generated."""

SEED, FILTERS_DRAWN = 1, 2000


def test_every_filter_of_events_is_generated() -> None:
    """A parameter without a generator is in no generated query."""
    named = set(EventFilters.model_fields)
    assert named - VALUES.keys() - FRAME - ELSEWHERE.keys() == set(), "add them to VALUES"
    assert get_filters(EventFilters).keys() - VALUES.keys() == set(), "add them to VALUES"
    assert VALUES.keys() - FILTERS.keys() - {"q"} == set(), "evaluate them in naive.FILTERS"


def test_every_property_of_filters_is_generated() -> None:
    """A CQL2 property without a generator is in no generated filter."""
    drawn = {FIELD_ALIASES.get(name, name) for name in draw_properties()}
    fields = get_fields(EventFilters, EVENT_FIELDS)
    missing = {name: field for name, field in fields.items() if name not in drawn}
    plain = sorted(name for name in missing if not name.startswith("details."))
    assert plain == [], "add them to tests/api/questions/filters.py"
    kinds = {field.kind for field in missing.values()}
    covered = {fields[name].kind for name in drawn} | KINDS_ELSEWHERE.keys()
    assert kinds - covered == set(), "add a detail of each kind"


def draw_properties() -> set[str]:
    """Return the properties that many generated filters name."""
    random = Random(SEED)
    events = list(write_history(SEED).moments[-1].records.events.values())
    drawn: set[str] = set()
    for _ in range(FILTERS_DRAWN):
        (written,) = a_filter(random, random.choice(events))
        drawn.update(list_properties(written.tree))  # type: ignore[attr-defined]  # a Written
    return drawn


def list_properties(tree: Tree) -> Iterator[str]:
    """Yield the properties that a tree names."""
    if isinstance(tree, dict):
        if "property" in tree:
            yield tree["property"]
        for part in tree.values():
            yield from list_properties(part)
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from list_properties(part)
