"""The records that a text may mean, as far as the caller sees them: found by SQL, judged elsewhere.

Whatever is hidden is left out before any limit counts, and each limit cuts by likeness and never by
chance: what shares the rarest keys with the text comes first, then what is as long as it.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    func,
    literal,
    select,
    union,
    union_all,
)

from app.db.statements import Statement
from app.models.actors import actor_codes, actor_names, actors
from app.models.datasets import datasets
from app.models.names import name_keys
from app.models.sources import sources
from app.query.names.name_folding import folded_name
from app.query.visibility import grants, visible
from app.values.caller import ANONYMOUS, OPERATOR, Caller
from app.values.name_matching import host_of, pair_keys, parent_hosts, whole_keys, word_keys
from app.values.suggestions import split_scheme

MOST_CANDIDATES = 100
"""How many are compared letter by letter, of each way to find them."""

MOST_NEIGHBOURS = 50
"""How many slugs before a word in the alphabet, and how many behind it, may be meant by it."""

MOST_KEYS = 24
"""By how many keys a text is looked for."""

MOST_SHARING = 500
"""How many are looked at that share one key: what so many share tells nobody apart."""

WEIGHT = 1_000_000_000
"""What a key weighs that one record has; of a key that several have, each has a share of it."""

HOST = "@"
"""Begins the key of a host."""

NOUNS: Mapping[str, tuple[Table, str]] = {
    "actor": (actors, "dataset"),
    "source": (sources, "dataset"),
    "dataset": (datasets, "slug"),
}
"""The table of each noun that has slugs, and the column that says who may see a record of it."""


def candidates_of(noun: str, *, sees_all: bool) -> Statement:
    """The (document) of each actor or source that a text may mean; binds `text_values`."""
    return _CANDIDATES[noun, sees_all]


def neighbours_of(noun: str, *, sees_all: bool) -> Statement:
    """The (slug) of each record whose slug a word may be meant for; binds `text_values`."""
    return _NEIGHBOURS[noun, sees_all]


def text_values(text: str, caller: Caller) -> dict[str, Any]:
    """What the statements bind: the text, the keys that it is looked for by, and the grants."""
    scheme, code = split_scheme(text)
    keys = keys_to_ask(text)[:MOST_KEYS]
    slots = {f"key_{slot}": key for slot, key in enumerate(keys)}
    return {
        **dict.fromkeys((f"key_{slot}" for slot in range(MOST_KEYS)), ""),
        **slots,
        "text": text,
        "characters": len(text),
        "folded": folded_name(text),
        "scheme": scheme or "",
        "code": code,
        **grants(caller),
    }


def keys_to_ask(text: str) -> list[str]:
    """The keys of a text, those first that say the most."""
    host = host_of(text)
    hosts = parent_hosts(host) if host else []
    words, pairs, whole = word_keys(text), sorted(pair_keys(text)), whole_keys(text)
    by_length = sorted(whole, key=lambda key: (-len(key), key))
    return [*(HOST + each for each in hosts), *by_length[:1], *words, *pairs, *by_length[1:]]


def _candidates(noun: str, caller: Caller) -> Statement:
    table, _ = NOUNS[noun]
    this = _seen(noun, caller).where(table.c.slug == _TEXT)
    same = _seen(noun, caller).where(table.c.name == _TEXT)
    ways = [this, _first(same, table), _by_keys(noun, caller)]
    if table is actors:
        named = _seen(noun, caller).join(actor_names, actor_names.c.actor == actors.c.slug)
        ways.append(_first(named.where(actor_names.c.folded == _bind("folded")), table))
        coded = _seen(noun, caller).join(actor_codes, actor_codes.c.actor == actors.c.slug)
        scheme = actor_codes.c.scheme == _bind("scheme")
        ways.append(_first(coded.where(scheme, actor_codes.c.code == _bind("code")), table))
    return Statement(select(table.c.document).where(table.c.slug.in_(_any_way(ways))))


def _neighbours(noun: str, caller: Caller) -> Statement:
    """Those that share keys with a word, and those beside it in the alphabet."""
    slug = NOUNS[noun][0].c.slug
    seen = _seen(noun, caller)
    ways = [
        seen.where(slug < _TEXT).order_by(slug.desc()).limit(MOST_NEIGHBOURS),
        seen.where(slug > _TEXT).order_by(slug).limit(MOST_NEIGHBOURS),
    ]
    if noun in KEYED:
        ways.append(_by_keys(noun, caller))
    return Statement(_any_way(ways))


def _by_keys(noun: str, caller: Caller) -> Select[Any]:
    """Those that share the rarest of the keys; of equals those of the same name or length."""
    pool = union_all(*(_sharing(noun, caller, slot) for slot in range(MOST_KEYS))).subquery()
    holders = func.count().over(partition_by=pool.c.slot)
    shared = select(pool.c.slug, pool.c.name, (WEIGHT // holders).label("weight")).subquery()
    length = bindparam("characters", type_=Integer, required=True)
    return (
        select(shared.c.slug)
        .group_by(shared.c.slug, shared.c.name)
        .order_by(
            func.sum(shared.c.weight).desc(),
            (shared.c.name == _TEXT).desc(),
            func.abs(func.length(shared.c.name) - length),
            shared.c.slug,
        )
        .limit(MOST_CANDIDATES)
    )


def _sharing(noun: str, caller: Caller, slot: int) -> Select[Any]:
    """Those that have one of the keys, or the first of them: of a common word, others decide."""
    table, owner = NOUNS[noun]
    this = name_keys.c.key == _bind(f"key_{slot}")
    found = select(table.c.slug, table.c.name, literal(slot, Integer).label("slot"))
    found = found.join(name_keys, name_keys.c.slug == table.c.slug)
    found = found.where(name_keys.c.noun == noun, this, *visible(table, (owner,), caller))
    first = found.order_by(name_keys.c.slug).limit(MOST_SHARING).subquery()
    return select(*first.c)


def _seen(noun: str, caller: Caller) -> Select[Any]:
    table, owner = NOUNS[noun]
    return select(table.c.slug).where(*visible(table, (owner,), caller))


def _first(found: Select[Any], table: Table) -> Select[Any]:
    return found.order_by(table.c.slug).limit(MOST_CANDIDATES)


def _any_way(ways: list[Select[Any]]) -> Any:
    return union(*(select(way.subquery().c.slug) for way in ways))


def _bind(name: str) -> ColumnElement[str]:
    return bindparam(name, type_=Text, required=True)


_TEXT = _bind("text")
KEYED = ("actor", "source")
"""The nouns that have keys."""

_ASKERS = {False: ANONYMOUS, True: OPERATOR}
_CANDIDATES = {
    (noun, all_): _candidates(noun, who) for noun in KEYED for all_, who in _ASKERS.items()
}
_NEIGHBOURS = {
    (noun, all_): _neighbours(noun, who) for noun in NOUNS for all_, who in _ASKERS.items()
}
