"""Meanings of names at a time, while actors and sources are renamed, merged and deleted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.api.questions.material import SPELLINGS, STATES

Content = dict[str, Any]


@dataclass
class Naming:
    """The existing actors or sources and their names.

    `called` has the names and aliases of each actor, `former` for each slug that was merged the one
    that answers for it, `gone` the actors that were deleted.
    """

    called: dict[str, set[str]] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    former: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def meant(self, value: str) -> str | None:
        """Return the slug that a value means; None if it means no record, or several."""
        value = SPELLINGS.get(value, value)
        if value in STATES or value in self.called or value in self.sources:
            return value
        if value in self.former:
            return self.former[value]
        found = [slug for slug, names in self.called.items() if value in names]
        return found[0] if len(found) == 1 else None

    def mean_the_same(self, values: Iterable[str]) -> bool:
        """Return whether two of the values mean the same."""
        found = [self.meant(each) for each in values]
        return len(set(found)) < len(found)

    def rename(self, actor: str, old: str, new: str) -> None:
        """An actor is called otherwise."""
        self.called[actor] = self.called[actor] - {old} | {new}

    def merge(self, slug: str, into: str) -> None:
        """One answers for another, whose names it has from now on."""
        self.former = {each: into if now == slug else now for each, now in self.former.items()}
        self.former[slug] = into
        if slug in self.called:
            self.called[into] = self.called[into] | self.called.pop(slug)
        self.sources.discard(slug)

    def delete(self, actor: str) -> None:
        """An actor goes."""
        del self.called[actor]
        self.gone.add(actor)

    def names_gone(self, content: Content) -> bool:
        """Return whether an event names an actor that was deleted."""
        return bool(self.gone & _named(content))

    def settled(self, content: Content) -> Content:
        """Return an event's content as it is recorded, with the survivors of merges in it."""
        if not self.former.keys() & _named(content):
            return content
        taking: list[Content] = []
        for each in content["participants"]:
            actor, acts_for = (self.former.get(each[end], each[end]) for end in ("actor", "for"))
            now = {**each, "actor": actor, "for": None if acts_for == actor else acts_for}
            if now not in taking:
                taking.append(now)
        return {**content, "participants": taking}

    def said(self, content: Content) -> Content:
        """Return a claim's content as it is recorded."""
        ends = {name: self.former.get(content[name], content[name]) for name in _VOICES}
        speaker = content["speaker"]
        if speaker is not None:
            now = {name: self.former.get(speaker[name], speaker[name]) for name in _SPEAKING}
            speaker = {**speaker, **now}
        return {**content, **ends, "speaker": speaker}


_VOICES = ("source", "origin")
_SPEAKING = ("actor", "speaks_for")


def _named(content: Content) -> set[str]:
    """The actors that an event names."""
    return {each[end] for each in content["participants"] for end in ("actor", "for") if each[end]}
