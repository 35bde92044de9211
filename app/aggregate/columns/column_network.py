"""The network of events in columns: as `aggregate/network.py` defines it, many times faster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.aggregate.columns.engine import Chosen, where_it_fits
from app.aggregate.columns.ragged_arrays import (
    Array,
    has_bits,
    lengths_of,
    portions,
    spread,
    starts_of,
)
from app.aggregate.network import PERSONAL, Network, directions, equals, ranked, written
from app.aggregate.network_nodes import Node, read_nodes
from app.db.database import Reads
from app.db.threads import raise_if_stopped

MOST_PAIRS = 4_000_000
"""So many pairs of an event's actors are looked at at once."""

MOST_PLACES = 4_000_000
"""Up to so many possible edges they are counted in an array with a place for each."""


@dataclass(frozen=True)
class Taking:
    """Who takes part in some events: those of event n from `starts[n]` up to the next one's.

    An actor's number is its place in `slugs`.
    """

    starts: Array
    numbers: Array
    roles: Array
    slugs: Sequence[str]


async def column_network(
    reads: Reads, chosen: Chosen, top: int, kinds: Sequence[str] | None
) -> Network:
    """The network of the chosen events; `reads` are of their moment."""
    taking = await where_it_fits(chosen.number, lambda: _taking(chosen))
    nodes = await read_nodes(reads, taking.slugs, None)

    def count() -> Network:
        personal = _marked(taking.slugs, nodes, PERSONAL)
        wanted = _marked(taking.slugs, nodes, kinds) if kinds else None
        return _network(_only(taking, wanted), personal, nodes, top)

    return await where_it_fits(chosen.number, count)


def _marked(slugs: Sequence[str], nodes: Mapping[str, Node], kinds: Sequence[str]) -> Array:
    return np.array([nodes[slug].kind in kinds for slug in slugs], np.bool_)


def _taking(chosen: Chosen) -> Taking:
    """Blocks number actors each in its own way: here all that take part are numbered anew."""
    numbered: dict[str, int] = {}
    lengths, numbers, roles = [], [], []
    for block, places in chosen.pairs:
        columns, values = block.columns, block.values["actor"]
        of_event, where = spread(columns["actor_starts"], places)
        codes = columns["actor_codes"][where]
        found = np.zeros(len(values), np.int64)
        for code in np.flatnonzero(np.bincount(codes, minlength=len(values))).tolist():
            slug = values[code]
            found[code] = -1 if slug is None else numbered.setdefault(slug, len(numbered))
        number = found[codes]
        is_actor = number >= 0
        lengths.append(np.bincount(of_event[is_actor], minlength=len(places)))
        numbers.append(number[is_actor])
        roles.append(columns["actor_roles"][where][is_actor])
    starts = starts_of(np.concatenate(lengths))
    return Taking(starts, np.concatenate(numbers), np.concatenate(roles), list(numbered))


def _only(taking: Taking, wanted: NDArray[np.bool_] | None) -> Taking:
    if wanted is None:
        return taking
    kept = wanted[taking.numbers]
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(kept)))
    return Taking(before[taking.starts], taking.numbers[kept], taking.roles[kept], taking.slugs)


def _network(taking: Taking, personal: Array, told: Mapping[str, Node], top: int) -> Network:
    counts = np.bincount(taking.numbers, minlength=len(taking.slugs))
    found = np.flatnonzero(counts)
    nodes = {taking.slugs[each]: int(counts[each]) for each in found.tolist()}
    picked = dict(ranked(nodes)[:top])
    ones, others, numbers = _edges(taking, personal)
    is_picked = np.array([slug in picked for slug in taking.slugs], np.bool_)
    shown = is_picked[ones] & is_picked[others]
    edges = {
        (taking.slugs[one], taking.slugs[other]): number
        for one, other, number in zip(
            ones[shown].tolist(), others[shown].tolist(), numbers[shown].tolist(), strict=True
        )
    }
    return written(picked, edges, told, (len(nodes), len(ones)))


def _edges(taking: Taking, personal: Array) -> tuple[Array, Array, Array]:
    """Of each edge who acts, upon whom, and in how many events."""
    leads = [*directions(), *((role, role) for role in equals())]
    lengths = np.diff(taking.starts)
    of_event = np.repeat(np.arange(len(lengths)), lengths)
    acting = reduce(or_, (one for one, _ in leads))
    first = np.flatnonzero(has_bits(taking.roles, acting) & (lengths[of_event] > 1))
    sizes = lengths_of(taking.starts, of_event[first])
    found: list[Array] = [np.zeros(0, np.int64)]
    for portion in portions(sizes, MOST_PAIRS):
        raise_if_stopped()
        ones = first[portion]
        place, others = spread(taking.starts, of_event[ones])
        found.append(_leading(taking, personal, ones[place], others))
    most = max(len(taking.slugs), 1)
    edges, numbers = _counted(found, most**2)
    return edges // most, edges % most, numbers


def _leading(taking: Taking, personal: Array, ones: Array, others: Array) -> Array:
    """Of the pairs of participations those that make an edge, as numbers of edges."""
    one, other = taking.numbers[ones], taking.numbers[others]
    its, theirs = taking.roles[ones], taking.roles[others]
    alike = personal[one] == personal[other]
    lead = np.zeros(len(ones), np.bool_)
    for acting, undergoing in directions():
        lead |= has_bits(its, acting) & has_bits(theirs, undergoing)
    for role in equals():
        lead |= alike & has_bits(its & theirs, role)
    lead &= one != other
    return np.asarray(one[lead] * len(taking.slugs) + other[lead])


def _counted(found: Sequence[Array], most: int) -> tuple[Array, Array]:
    """The edges, and how often each was found."""
    if most <= MOST_PLACES:
        counts: Any = sum(np.bincount(each, minlength=most) for each in found)
        edges = np.flatnonzero(counts)
        return edges, counts[edges]
    parts = [np.unique(each, return_counts=True) for each in found]
    edges, place = np.unique(np.concatenate([each for each, _ in parts]), return_inverse=True)
    numbers = np.concatenate([number for _, number in parts])
    return edges, np.bincount(place, numbers, len(edges)).astype(np.int64)
