"""Looking up actors and sources by names that may be spelt otherwise, with scores and reasons."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Select, Table, Text, bindparam, func, select, union

from app.db.database import Database
from app.db.functions import any_of
from app.db.statements import Statement
from app.models.actors import actor_codes, actor_names, actors
from app.models.lookup import name_keys
from app.models.sources import sources
from app.query.names import folded_name
from app.query.visibility import grants, visible
from app.values.callers import ANONYMOUS, OPERATOR, Caller
from app.values.codes import split_scheme
from app.values.likeness import (
    ALIKE,
    Likeness,
    host_of,
    likeness,
    pair_keys,
    parent_hosts,
    whole_keys,
    word_keys,
)

MOST_CANDIDATES = 60
"""How many are compared letter by letter, of each way to find them."""

HOST = "@"
_BELOW_HOST = 0.9


@dataclass(frozen=True, slots=True)
class Match:
    """One record that may be meant: its document, how sure that is from 0 to 1, and why."""

    document: dict[str, Any]
    score: float
    reason: str


async def look_up(
    database: Database, caller: Caller, noun: str, text: str, limit: int
) -> list[Match]:
    """The records that a name, a code with its scheme or a host may mean, the likeliest first."""
    scheme, code = split_scheme(text)
    host = host_of(text)
    hosts = parent_hosts(host) if host else []
    rare = [*word_keys(text), "", ""]
    values = {
        "exact": folded_name(text),
        "slug": text,
        "scheme": scheme or "",
        "code": code,
        "whole": sorted(whole_keys(text) | {HOST + each for each in hosts}),
        "pairs": sorted(pair_keys(text)),
        "rarest": rare[0],
        "rare": rare[1],
        **grants(caller),
    }
    rows = await database.fetch(_FOUND[noun, caller.sees_all], values)
    asked = _Asked(text, scheme, code, hosts)
    found = (asked.match(orjson.loads(document)) for (document,) in rows)
    likely = [each for each in found if each.score >= ALIKE]
    return sorted(likely, key=lambda each: (-each.score, each.document["slug"]))[:limit]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What somebody looks for."""

    text: str
    scheme: str | None
    code: str
    hosts: list[str]

    def match(self, document: dict[str, Any]) -> Match:
        """How likely this document is meant, by the best reason that there is."""
        score, reason = max(self._reasons(document), key=lambda each: each[0])
        return Match(document, round(score, 2), reason)

    def _reasons(self, document: dict[str, Any]) -> Iterator[tuple[float, str]]:
        if self.text == document["slug"]:
            yield 1.0, f"its slug is {self.text!r}"
        if self.scheme and self.code in document.get("codes", {}).get(self.scheme, ()):
            yield 1.0, f"its {self.scheme} code is {self.code!r}"
        yield from self._hosts(document)
        names = [("name", document["name"])]
        names += [("alias", alias) for alias in document.get("aliases", ())]
        names.append(("slug", document["slug"].replace("-", " ")))
        # Of equal scores the first counts: a name before an alias, an alias before the slug.
        for what, name in names:
            like: Likeness = likeness(self.text, name)
            yield like.score, f"{what} {name!r} {like.how}"

    def _hosts(self, document: dict[str, Any]) -> Iterator[tuple[float, str]]:
        held = {host_of(each) for each in (document.get("url"), document["name"]) if each}
        for host in self.hosts:
            if host in held and host == self.hosts[0]:
                yield 1.0, f"its host is {host!r}"
            elif host in held:
                yield _BELOW_HOST, f"its host {host!r} is above {self.hosts[0]!r}"


def _found(noun: str, table: Table, caller: Caller) -> Statement:
    slug = bindparam("slug", type_=Text, required=True).label("slug")
    ways = [_by_whole(noun), _by_pairs(noun), select(slug)]
    ways += [_by_word(noun, which) for which in ("rarest", "rare")]
    if table is actors:
        ways += [_by_name(), _by_code()]
    candidates = union(*(select(way.subquery().c.slug) for way in ways)).subquery()
    seen = visible(table, ("dataset",), caller)
    meant = table.c.slug.in_(select(candidates.c.slug))
    return Statement(select(table.c.document).where(meant, *seen))


def _by_whole(noun: str) -> Select[Any]:
    found = select(name_keys.c.slug).where(name_keys.c.noun == noun)
    found = found.where(any_of(name_keys.c.key, "whole")).distinct()
    return found.order_by(name_keys.c.slug).limit(MOST_CANDIDATES)


def _by_pairs(noun: str) -> Select[Any]:
    """Those that share most pairs of words."""
    shared = func.count().label("shared")
    found = select(name_keys.c.slug, shared).where(
        name_keys.c.noun == noun, any_of(name_keys.c.key, "pairs")
    )
    ranked = found.group_by(name_keys.c.slug).order_by(shared.desc(), name_keys.c.slug)
    return ranked.limit(MOST_CANDIDATES)


def _by_word(noun: str, which: str) -> Select[Any]:
    this = name_keys.c.key == bindparam(which, type_=Text, required=True)
    found = select(name_keys.c.slug).where(name_keys.c.noun == noun, this)
    return found.order_by(name_keys.c.slug).limit(MOST_CANDIDATES)


def _by_name() -> Select[Any]:
    exact = actor_names.c.folded == bindparam("exact", type_=Text, required=True)
    return select(actor_names.c.actor.label("slug")).where(exact).limit(MOST_CANDIDATES)


def _by_code() -> Select[Any]:
    scheme = actor_codes.c.scheme == bindparam("scheme", type_=Text, required=True)
    code = actor_codes.c.code == bindparam("code", type_=Text, required=True)
    found = select(actor_codes.c.actor.label("slug")).where(scheme, code)
    return found.limit(MOST_CANDIDATES)


_TABLES: Iterable[tuple[str, Table]] = (("actor", actors), ("source", sources))
_FOUND = {
    (noun, asker.sees_all): _found(noun, table, asker)
    for noun, table in _TABLES
    for asker in (ANONYMOUS, OPERATOR)
}
