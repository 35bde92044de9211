"""Candidates for a text among the records visible to the caller, found by SQL.

Hidden records are left out before any limit. Each limit cuts by similarity: records that share the
rarest keys with the text come first, then records of the same length.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
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

from app.db.statements import AnySelect
from app.models.actors import actor_codes, actor_names, actors
from app.models.datasets import datasets
from app.models.names import name_keys
from app.models.sources import sources
from app.query.visibility import VisibleStatement, build_visibility
from app.values.caller import Caller
from app.values.name_matching import (
    list_parent_hosts,
    make_pair_keys,
    make_whole_keys,
    make_word_keys,
    parse_host,
)
from app.values.suggestions import split_scheme
from app.vocab.name_key import fold_name

MAX_CANDIDATES = 100
"""Records compared letter by letter, for each way to find them."""

MAX_NEIGHBORS = 50
"""Slugs considered before a word in the alphabet, and as many after it."""

MAX_SEARCH_KEYS = 24
"""Keys by which a text is looked up."""

MAX_SHARING = 500
"""Records considered for one key: a key of so many distinguishes none."""

KEY_WEIGHT = 1_000_000_000
"""The weight of a key that one record has; several records share it."""

HOST_PREFIX = "@"
"""The prefix of a host's key."""

SLUG_TABLES: Mapping[str, tuple[Table, str]] = {
    "actor": (actors, "dataset"),
    "source": (sources, "dataset"),
    "dataset": (datasets, "slug"),
}
"""The table of each kind with slugs, and the column that decides visibility."""


def bind_search(text: str) -> dict[str, Any]:
    """Return what the statements bind: the text, and the keys by which it is looked up."""
    scheme, code = split_scheme(text)
    keys = list_search_keys(text)[:MAX_SEARCH_KEYS]
    slots = {f"key_{slot}": key for slot, key in enumerate(keys)}
    return {
        **dict.fromkeys((f"key_{slot}" for slot in range(MAX_SEARCH_KEYS)), ""),
        **slots,
        "text": text,
        "characters": len(text),
        "folded": fold_name(text),
        "scheme": scheme or "",
        "code": code,
    }


def list_search_keys(text: str) -> list[str]:
    """Return the keys of a text, the most telling first."""
    host = parse_host(text)
    hosts = list_parent_hosts(host) if host else []
    words, pairs, whole = make_word_keys(text), sorted(make_pair_keys(text)), make_whole_keys(text)
    by_length = sorted(whole, key=lambda key: (-len(key), key))
    return [
        *(HOST_PREFIX + suffix for suffix in hosts),
        *by_length[:1],
        *words,
        *pairs,
        *by_length[1:],
    ]


def _build_candidates(kind: str, caller: Caller) -> Select[Any]:
    table, _ = SLUG_TABLES[kind]
    this = _select_visible(kind, caller).where(table.c.slug == _TEXT)
    same = _select_visible(kind, caller).where(table.c.name == _TEXT)
    ways = [this, _limit_candidates(same, table), _select_by_keys(kind, caller)]
    if table is actors:
        named = _select_visible(kind, caller).join(
            actor_names, actor_names.c.actor == actors.c.slug
        )
        ways.append(
            _limit_candidates(named.where(actor_names.c.folded == _bind_param("folded")), table)
        )
        coded = _select_visible(kind, caller).join(
            actor_codes, actor_codes.c.actor == actors.c.slug
        )
        scheme = actor_codes.c.scheme == _bind_param("scheme")
        ways.append(
            _limit_candidates(coded.where(scheme, actor_codes.c.code == _bind_param("code")), table)
        )
    return select(table.c.document).where(table.c.slug.in_(_join_ways(ways)))


def _build_neighbors(kind: str, caller: Caller) -> AnySelect:
    """Select slugs that share keys with a word, and its neighbors in the alphabet."""
    slug = SLUG_TABLES[kind][0].c.slug
    seen = _select_visible(kind, caller)
    ways = [
        seen.where(slug < _TEXT).order_by(slug.desc()).limit(MAX_NEIGHBORS),
        seen.where(slug > _TEXT).order_by(slug).limit(MAX_NEIGHBORS),
    ]
    if kind in KEYED_TYPES:
        ways.append(_select_by_keys(kind, caller))
    return _join_ways(ways)


def _select_by_keys(kind: str, caller: Caller) -> Select[Any]:
    """Select slugs that share the rarest keys; among equals those of the same name or length."""
    pool = union_all(
        *(_select_by_key(kind, caller, slot) for slot in range(MAX_SEARCH_KEYS))
    ).subquery()
    holders = func.count().over(partition_by=pool.c.slot)
    shared = select(pool.c.slug, pool.c.name, (KEY_WEIGHT // holders).label("weight")).subquery()
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
        .limit(MAX_CANDIDATES)
    )


def _select_by_key(kind: str, caller: Caller, slot: int) -> Select[Any]:
    """Select slugs that have one of the keys; a common key gives only the first."""
    table, owner = SLUG_TABLES[kind]
    this = name_keys.c.key == _bind_param(f"key_{slot}")
    found = select(table.c.slug, table.c.name, literal(slot, Integer).label("slot"))
    found = found.join(name_keys, name_keys.c.slug == table.c.slug)
    found = found.where(name_keys.c.noun == kind, this, *build_visibility(table, (owner,), caller))
    first = found.order_by(name_keys.c.slug).limit(MAX_SHARING).subquery()
    return select(*first.c)


def _select_visible(kind: str, caller: Caller) -> Select[Any]:
    table, owner = SLUG_TABLES[kind]
    return select(table.c.slug).where(*build_visibility(table, (owner,), caller))


def _limit_candidates(found: Select[Any], table: Table) -> Select[Any]:
    return found.order_by(table.c.slug).limit(MAX_CANDIDATES)


def _join_ways(ways: list[Select[Any]]) -> CompoundSelect[Any]:
    return union(*(select(way.subquery().c.slug) for way in ways))


def _bind_param(name: str) -> ColumnElement[str]:
    return bindparam(name, type_=Text, required=True)


_TEXT = _bind_param("text")
KEYED_TYPES = ("actor", "source")
"""The kinds of record that have keys."""

CANDIDATES = {kind: VisibleStatement(partial(_build_candidates, kind)) for kind in KEYED_TYPES}
"""For each resource type the (document) of each record that a text may mean."""

NEIGHBORS = {kind: VisibleStatement(partial(_build_neighbors, kind)) for kind in SLUG_TABLES}
"""For each resource type the (slug) of each record that a misspelled slug may mean."""
