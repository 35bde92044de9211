"""A history of records from one seed: what is sent, and what ought to stand after each moment."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from app.vocab.countries import get_countries
from tests.api.questions import material
from tests.api.questions.others import delete_actor, merge_others, rest_on_others
from tests.api.questions.records import Claim, Content, Event, Records

START = 1_718_150_400_000_000
"""2024-06-12 in microseconds: the clock of the first step."""

SECOND = 1_000_000
BATCHES = (80, 80, 60)
CLAIMED_OFTEN = 24
"""Claims of one event: more than `include=claims` shows."""


@dataclass(frozen=True)
class Step:
    """One request, and the time at which it is made.

    `path` may hold the note of a relation or merge in braces: the id is put in its place.
    """

    at: int
    method: str
    path: str
    body: Any = None


@dataclass(frozen=True)
class Moment:
    """A time at which nobody writes: after how many steps, when, and what ought to stand."""

    after_step: int
    at: int
    records: Records


@dataclass
class History:
    """All steps, and the moments among them; made by `write_history`."""

    random: Random
    at: int = START
    steps: list[Step] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    records: Records = field(default_factory=Records)
    made: int = 0

    def send(self, method: str, path: str, body: Any = None) -> None:
        """Add a step, a second after the one before."""
        self.at += SECOND
        self.steps.append(Step(self.at, method, path, body))

    def pause(self) -> None:
        """Keep what stands now."""
        self.moments.append(Moment(len(self.steps), self.at, self.records.copy()))

    def number(self) -> int:
        """The next number: no two records have the same."""
        self.made += 1
        return self.made

    def an_event(self) -> Event:
        """Any event that stands."""
        return self.random.choice(list(self.records.events.values()))

    def a_claim(self) -> tuple[Event, Claim]:
        """Any claim, with its event."""
        events = self.records.events.values()
        claimed = [each for each in events if self.records.claims_of(each)]
        event = self.random.choice(claimed)
        return event, self.random.choice(self.records.claims_of(event))


def write_history(seed: int) -> History:
    """The same history for the same seed."""
    history = History(Random(seed))
    _set_up(history)
    for size in BATCHES:
        make_events(history, size)
        history.pause()
        _times(history, 90, make_claim)
        _times(history, 25, make_relation)
    history.pause()
    claim_often(history)
    _times(history, 40, change_event)
    _times(history, 40, change_claim)
    history.pause()
    _times(history, 25, delete_event)
    _times(history, 20, delete_claim)
    _times(history, 10, delete_relation)
    history.pause()
    _times(history, 30, merge_events)
    _times(history, 15, change_claim)
    history.pause()
    _times(history, 12, restore_event)
    _times(history, 8, undo_merge)
    rest_on_others(history)
    merge_others(history)
    delete_actor(history)
    _times(history, 25, change_event)
    _times(history, 60, make_claim)
    history.pause()
    make_events(history, 80)
    _times(history, 10, merge_events)
    for change in (delete_event, restore_event, change_claim, change_event, make_relation):
        _times(history, 10, change)
    _times(history, 10, undo_merge)
    history.pause()
    return history


def _times(history: History, number: int, change: Callable[[History], None]) -> None:
    for _ in range(number):
        change(history)


def _set_up(history: History) -> None:
    for slug, visibility in material.DATASETS.items():
        made = {"slug": slug, "title": slug, "visibility": visibility}
        history.send("POST", "/v1/datasets", made)
    for slug, (kind, name, dataset) in material.ACTORS.items():
        actor = {"slug": slug, "kind": kind, "name": name, "dataset": dataset}
        history.send("POST", "/v1/actors", actor)
        history.records.names[slug] = name
        history.records.naming.called[slug] = {name}
    for slug in material.STATES:
        history.records.names[slug] = get_countries()[slug].name
    for slug, given in material.SOURCES.items():
        history.send("POST", "/v1/sources", {"slug": slug, "name": slug, **given})
        history.records.sources[slug] = {"owner": None, "speaks_for": None, **given}
        history.records.naming.sources.add(slug)


def make_events(history: History, size: int) -> None:
    """A batch of events."""
    contents = [event_content(history) for _ in range(size)]
    history.send("POST", "/v1/events", contents)
    for content in contents:
        history.records.make_event(content, history.at)


def change_event(history: History) -> None:
    """An event is replaced, or some of its fields are."""
    event = history.an_event()
    other = event_content(history)
    kept = {name: event.content[name] for name in ("dataset", "external_id")}
    if kept["dataset"] != material.VAULT:
        other["participants"] = [each for each in other["participants"] if _is_open(each)]
    patch = history.random.random() < 0.6
    fields = ("title", "summary", "date", "lifecycle", "participants", "tags", "fatalities")
    names = history.random.sample(fields, 2) if patch else list(other)
    changed = {name: other[name] for name in names} | kept
    body = {name: changed[name] for name in names} if patch else {**other, **kept}
    history.send("PATCH" if patch else "PUT", f"/v1/events/{event.id}", body)
    history.records.change_event(event, {**event.content, **changed}, history.at)


def delete_event(history: History) -> None:
    """An event is deleted."""
    event = history.an_event()
    history.send("DELETE", f"/v1/events/{event.id}")
    history.records.delete_event(event)


def restore_event(history: History) -> None:
    """A deleted event is restored."""
    if history.records.deleted:
        event_id = history.random.choice(list(history.records.deleted))
        history.send("POST", f"/v1/events/{event_id}/restore")
        history.records.restore_event(event_id, history.at)


def merge_events(history: History) -> None:
    """Events of one dataset are merged; now and then into one that others were merged into."""
    winner = history.an_event()
    dataset = winner.content["dataset"]
    others = [each for each in history.records.events.values() if each is not winner]
    same = [each for each in others if each.content["dataset"] == dataset]
    losers = history.random.sample(same, min(len(same), history.random.choice((1, 1, 2))))
    taken = {each.into for each in history.records.merged.values()}
    if history.random.random() < 0.3:
        losers = [each for each in same if each.id in taken][:1] or losers
    if not losers:
        return
    note = f"merge {history.number()}"
    body = {"winner": winner.id, "losers": [each.id for each in losers], "note": note}
    history.send("POST", "/v1/merges", body)
    history.records.merge_events(note, winner, losers, history.at)


def undo_merge(history: History) -> None:
    """A merge is taken back whose winner stands."""
    records = history.records
    able = [
        note
        for note, losers in records.merges.items()
        if records.winner_of(losers[0]) in records.events
        and not any(records.names_gone(each) for each in losers)
    ]
    if able:
        note = history.random.choice(able)
        history.send("POST", f"/v1/merges/{{{note}}}/undo")
        records.undo_merge(note, history.at)


def make_claim(history: History) -> None:
    """A claim about an event; some events draw many."""
    events = list(history.records.events.values())
    _claim(history, events[int(len(events) * history.random.random() ** 2)])


def claim_often(history: History) -> None:
    """Many claims about one event."""
    event = history.an_event()
    for _ in range(CLAIMED_OFTEN):
        _claim(history, event)


def _claim(history: History, event: Event) -> None:
    content = claim_content(history, event)
    history.send("POST", f"/v1/events/{event.id}/claims", content)
    history.records.make_claim(event, content, history.at)


def change_claim(history: History) -> None:
    """A claim is taken back, or replaced."""
    event, claim = history.a_claim()
    if history.random.random() < 0.5:
        changed = {"retracted_on": history.random.choice(material.KNOWN_DAYS)}
        history.send("PATCH", f"/v1/claims/{claim.id}", changed)
    else:
        changed = claim_content(history, event) | {"external_id": claim.content["external_id"]}
        history.send("PUT", f"/v1/claims/{claim.id}", changed)
    history.records.change_claim(event, claim, {**claim.content, **changed}, history.at)


def delete_claim(history: History) -> None:
    """A claim is deleted."""
    event, claim = history.a_claim()
    history.send("DELETE", f"/v1/claims/{claim.id}")
    history.records.delete_claim(event, claim, history.at)


def make_relation(history: History) -> None:
    """Two events are related."""
    one, other = history.an_event(), history.an_event()
    kind = history.random.choice(material.RELATIONS)
    same = {
        (each.content["from"], each.content["to"], each.content["type"])
        for each in history.records.relations.values()
    }
    if one is other or (one.id, other.id, kind) in same:
        return
    note = f"relation {history.number()}"
    body = {"from": one.id, "to": other.id, "type": kind, "note": note}
    history.send("POST", "/v1/relations", body)
    history.records.make_relation(body, history.at)


def delete_relation(history: History) -> None:
    """A relation is deleted."""
    note, relation = history.random.choice(list(history.records.relations.items()))
    assert history.records.ends_of(relation) <= history.records.events.keys()
    history.send("DELETE", f"/v1/relations/{{{note}}}")
    del history.records.relations[note]


def event_content(history: History) -> Content:
    """All that is set of an event."""
    choose = history.random.choice
    dataset = choose((*material.DATASETS, material.DESK, material.DESK))
    kind = choose(material.TYPES)
    return {
        "dataset": dataset,
        "external_id": f"No. {history.number()}, {choose(('a', 'é', '北'))}",
        "type": kind,
        "title": " ".join(choose(material.TITLE_PARTS) for _ in range(choose((1, 1, 2)))),
        "summary": choose(material.SUMMARIES),
        "date": choose(material.DAYS if history.random.random() < 0.4 else material.DATES),
        "lifecycle": choose(material.LIFECYCLES),
        "location": _location(history),
        "participants": _participants(history, dataset),
        "details": choose((None, material.DETAILS.get(kind))),
        "fatalities": _fatalities(history),
        "codes": dict(history.random.sample(material.CODES, choose((0, 1, 2)))),
        "tags": history.random.sample(material.TAGS, choose((0, 0, 1, 3))),
        "verification_override": choose(
            (None,) * 9 + ({"status": "refuted", "reason": "the photo is from 2014"},)
        ),
    }


def _location(history: History) -> Content | None:
    choose = history.random.choice
    precision = choose((None, "exact", "exact", "city", "admin1", "country", "region"))
    if precision is None:
        return None
    placed = precision in {"exact", "city"} or choose((True, False))
    longitude, latitude = choose(material.PLACES) if placed else (None, None)
    return {
        "name": choose(material.PLACE_NAMES),
        "country": choose((None, *material.STATES)),
        "admin1": choose((None, "Pyŏngan")),
        "longitude": longitude,
        "latitude": latitude,
        "precision": precision,
    }


def _participants(history: History, dataset: str) -> list[Content]:
    choose = history.random.choice
    found = []
    standing = [each for each in material.ACTORS if each not in history.records.naming.gone]
    for _ in range(choose((0, 1, 2, 2, 3, 5))):
        actor = choose((*standing, *material.STATES))
        acts_for = None if actor in material.STATES else choose((None, *material.STATES[:4]))
        found.append({"actor": actor, "for": acts_for, "role": choose(material.ROLES)})
    return [each for each in found if dataset == material.VAULT or _is_open(each)]


def _is_open(taking: Content) -> bool:
    return taking["actor"] not in material.HIDDEN


def _fatalities(history: History) -> Content | None:
    numbers = history.random.choice(material.FATALITIES)
    return None if numbers is None else dict(zip(("low", "best", "high"), numbers, strict=True))


def claim_content(history: History, event: Event) -> Content:
    """All that is set of a claim."""
    choose = history.random.choice
    hidden = event.content["dataset"] == material.VAULT
    known = [slug for slug in material.SOURCES if hidden or slug not in material.HIDDEN]
    about = choose((None,) * 8 + ("fatalities.best", "fatalities.best", "fatalities.low", "date"))
    value = {None: None, "date": "2024-06-18"}.get(about, choose((0, 3, 12, 30, 4000)))
    number = history.number()
    return {
        "external_id": f"claim {number}",
        "stance": choose(("affirms", "affirms", "affirms", "denies")),
        "source": choose(known),
        "speaker": _speaker(history),
        "origin": choose((None, None, None, choose(known))),
        "made_on": choose(material.MADE_ON),
        "paraphrase": f"it says so, {number}",
        "url": None,
        "language": choose((None, "ko")),
        "basis": choose(material.BASES),
        "credibility": choose((1, 2, 3, 4, 5, 6, 6)),
        "retracted_on": choose(material.RETRACTED_ON),
        "about": about,
        "value": value,
    }


def _speaker(history: History) -> Content | None:
    choose = history.random.choice
    if history.random.random() < 0.6:
        return None
    return {
        "actor": choose((None, "kim-jong-un", "vladimir-putin", "choe-son-hui")),
        "title": choose((None, "spokesman")),
        "speaks_for": choose((None, None, *material.STATES[:4])),
    }
