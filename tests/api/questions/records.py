"""The records as they ought to stand: plain data, and what each change makes of it.

Instants are microseconds since the epoch. Nothing here knows the application's tables.
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from tests.api.questions.naming import Naming

NAMESPACE = UUID("34be3f8f-f61a-5020-93f9-5b2153961843")
"""As published: the namespace of ids that are made from an external id."""

Content = dict[str, Any]


@dataclass
class State:
    """The fields that Annals adds to a record's content."""

    revision: int
    created_at: int
    updated_at: int

    def step(self, at: int, by: int = 1) -> None:
        """The next revision, or the one after a deletion."""
        self.revision += by
        self.updated_at = at


@dataclass
class Claim:
    """One claim, of the event that it was recorded of."""

    id: str
    event: str
    content: Content
    state: State


@dataclass
class Event:
    """One event with its claims by id."""

    id: str
    content: Content
    state: State
    claims: dict[str, Claim] = field(default_factory=dict)


@dataclass
class Relation:
    """One relation; its note is unlike any other's, and names it."""

    content: Content
    state: State


@dataclass
class Merged:
    """An event that was merged away, and the event that it was merged into."""

    event: Event
    into: str


@dataclass
class Records:
    """All that stands, what was deleted and what was merged away.

    `merges` have their losers, and `lost` relations went with an event.
    """

    events: dict[str, Event] = field(default_factory=dict)
    deleted: dict[str, Event] = field(default_factory=dict)
    merged: dict[str, Merged] = field(default_factory=dict)
    merges: dict[str, list[str]] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    lost: dict[str, Relation] = field(default_factory=dict)
    sources: dict[str, Content] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    naming: Naming = field(default_factory=Naming)

    def copy(self) -> "Records":
        """The records as they stand now, for ever."""
        return deepcopy(self)

    def winner_of(self, event_id: str) -> str:
        """Return the survivor of an event's merges, at the end of the chain."""
        while event_id in self.merged:
            event_id = self.merged[event_id].into
        return event_id

    def group_of(self, event: Event) -> list[Event]:
        """An event and all that was merged into it."""
        merged = (each.event for each in self.merged.values())
        return [event, *(each for each in merged if self.winner_of(each.id) == event.id)]

    def claims_of(self, event: Event) -> list[Claim]:
        """The claims that an event rests on."""
        return [claim for each in self.group_of(event) for claim in each.claims.values()]

    def ends_of(self, relation: Relation) -> set[str]:
        """Return the two events of a relation, or the survivors of their merges."""
        return {self.winner_of(end) for end in ends_of(relation)}

    def merge_events(self, note: str, winner: Event, losers: list[Event], at: int) -> None:
        """Merge events into another."""
        self.merges[note] = [each.id for each in losers]
        for loser in losers:
            self.merged[loser.id] = Merged(self.events.pop(loser.id), winner.id)
            loser.state.step(at)
        winner.state.step(at)

    def undo_merge(self, note: str, at: int) -> None:
        """The losers of a merge come back."""
        losers = self.merges.pop(note)
        self.events[self.winner_of(losers[0])].state.step(at)
        for event_id in losers:
            event = self.events[event_id] = self.merged.pop(event_id).event
            event.content = self.naming.settled(event.content)
            event.state.step(at)

    def make_event(self, content: Content, at: int) -> Event:
        """An event is recorded."""
        new_id = id_of(content["dataset"], content["external_id"])
        settled = self.naming.settled(content)
        event = self.events[new_id] = Event(new_id, settled, State(1, at, at))
        return event

    def change_event(self, event: Event, content: Content, at: int) -> None:
        """An event gets other content; the same content is no change."""
        content = self.naming.settled(content)
        if content != event.content:
            event.content = content
            event.state.step(at)

    def delete_event(self, event: Event) -> None:
        """An event goes, with its claims and relations."""
        gone = [each for each in self.relations.values() if event.id in self.ends_of(each)]
        for relation in gone:
            note = relation.content["note"]
            self.lost[note] = self.relations.pop(note)
        self.deleted[event.id] = self.events.pop(event.id)

    def restore_event(self, event_id: str, at: int) -> None:
        """A deleted event comes back, with its claims and with relations to what stands."""
        back = self.events[event_id] = self.deleted.pop(event_id)
        back.content = self.naming.settled(back.content)
        back.state.step(at, by=2)
        for claim in self.claims_of(back):
            claim.content = self.naming.said(claim.content)
            claim.state.step(at, by=2)
        for note, relation in list(self.lost.items()):
            ends = self.ends_of(relation)
            if event_id in ends and ends <= self.events.keys():
                relation.state.step(at, by=2)
                self.relations[note] = self.lost.pop(note)

    def make_claim(self, event: Event, content: Content, at: int) -> None:
        """A claim is recorded."""
        new_id = id_of(event.id, content["external_id"])
        said = self.naming.said(content)
        event.claims[new_id] = Claim(new_id, event.id, said, State(1, at, at))
        event.state.step(at)

    def change_claim(self, event: Event, claim: Claim, content: Content, at: int) -> None:
        """A claim gets other content; the same content is no change."""
        content = self.naming.said(content)
        if content != claim.content:
            claim.content = content
            claim.state.step(at)
            event.state.step(at)

    def delete_claim(self, event: Event, claim: Claim, at: int) -> None:
        """A claim goes."""
        for each in self.group_of(event):
            each.claims.pop(claim.id, None)
        event.state.step(at)

    def make_relation(self, content: Content, at: int) -> None:
        """A relation is recorded."""
        self.relations[content["note"]] = Relation(content, State(1, at, at))

    def rename(self, actor: str, name: str, at: int) -> None:
        """An actor gets another name, and the events that show it another revision."""
        self.naming.rename(actor, self.names[actor], name)
        self.names[actor] = name
        self._step((each for each in self.events.values() if actor in _shown_actors(each)), at)

    def change_source(self, slug: str, changed: Content, at: int) -> None:
        """A source is weighed otherwise, and the events with its claims get another revision."""
        self.sources[slug] = {**self.sources[slug], **changed}
        told = (
            each
            for each in self.events.values()
            if any(slug in sources_of(one) for one in self.group_of(each))
        )
        self._step(told, at)

    def names_gone(self, event_id: str) -> bool:
        """Return whether an event that was merged away names an actor that was deleted."""
        return self.naming.names_gone(self.merged[event_id].event.content)

    def merge_named(self, slug: str, into: str, at: int) -> None:
        """An actor or a source is merged, and what names it names another from now on."""
        self.naming.merge(slug, into)
        for event in self.events.values():
            content = self.naming.settled(event.content)
            told = [(each, self.naming.said(each.content)) for each in self.claims_of(event)]
            told = [(claim, said) for claim, said in told if said != claim.content]
            if content is event.content and not told:
                continue
            event.content = content
            event.state.step(at)
            for claim, said in told:
                claim.content = said
                claim.state.step(at)

    def _step(self, events: Iterable[Event], at: int) -> None:
        for event in events:
            event.state.step(at)


def id_of(owner: str, external_id: str) -> str:
    """The published id of what has an external id: in a dataset an event, in an event a claim."""
    return str(uuid5(NAMESPACE, f"{owner}\n{external_id}"))


def ends_of(relation: Relation) -> set[str]:
    """The events that a relation leads from and to."""
    return {relation.content["from"], relation.content["to"]}


def sources_of(event: Event) -> set[str]:
    """The sources of an event's claims, and those that they repeat."""
    return told_in(event.claims.values())


def told_in(claims: Iterable[Claim]) -> set[str]:
    """The sources of these claims, and those that they repeat."""
    named = ((each.content["source"], each.content["origin"]) for each in claims)
    return {slug for pair in named for slug in pair if slug}


def _shown_actors(event: Event) -> set[str]:
    return {taking["actor"] for taking in event.content["participants"]}
