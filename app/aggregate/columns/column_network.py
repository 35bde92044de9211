"""Networks over columns: those of `aggregate/network.py`, many times faster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.aggregate.columns.column_selection import Selected, run_sized
from app.aggregate.columns.ragged_arrays import (
    Array,
    compute_lengths,
    compute_starts,
    expand_lists,
    has_bits,
    split_portions,
)
from app.aggregate.network import (
    PERSONAL,
    ActorLabel,
    NetworkDocument,
    format_network,
    list_mutual_roles,
    list_role_directions,
    load_actor_labels,
    rank_by_count,
)
from app.db.database import Reads
from app.db.threads import raise_if_stopped

MOST_PAIRS = 4_000_000
"""Pairs of an event's actors that are compared at once."""

MOST_PLACES = 4_000_000
"""Up to this many possible edges are counted in an array with a place for each."""


@dataclass(frozen=True)
class Participations:
    """The participations in some events: those of event n run from `starts[n]` to `starts[n + 1]`.

    The number of an actor is its index in `slugs`.
    """

    starts: Array
    numbers: Array
    roles: Array
    slugs: Sequence[str]


async def count_column_network(
    reads: Reads, selected: Selected, top: int, kinds: Sequence[str] | None
) -> NetworkDocument:
    """Return the network of the selected events; `reads` is their snapshot."""
    taking = await run_sized(selected.event_count, lambda: _collect_participations(selected))
    nodes = await load_actor_labels(reads, taking.slugs, None)

    def count() -> NetworkDocument:
        personal = _mark_kinds(taking.slugs, nodes, PERSONAL)
        wanted = _mark_kinds(taking.slugs, nodes, kinds) if kinds else None
        return _build_network(_filter_participations(taking, wanted), personal, nodes, top)

    return await run_sized(selected.event_count, count)


def _mark_kinds(
    slugs: Sequence[str], nodes: Mapping[str, ActorLabel], kinds: Sequence[str]
) -> Array:
    return np.array([nodes[slug].kind in kinds for slug in slugs], np.bool_)


def _collect_participations(selected: Selected) -> Participations:
    """Collect the participations of all parts, with one numbering of the actors.

    Each part numbers actors in its own way.
    """
    numbered: dict[str, int] = {}
    lengths, numbers, roles = [], [], []
    for part, places in selected.parts:
        columns, values = part.columns, part.values["actor"]
        of_event, where = expand_lists(columns["actor_starts"], places)
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
    starts = compute_starts(np.concatenate(lengths))
    return Participations(starts, np.concatenate(numbers), np.concatenate(roles), list(numbered))


def _filter_participations(
    taking: Participations, wanted: NDArray[np.bool_] | None
) -> Participations:
    if wanted is None:
        return taking
    kept = wanted[taking.numbers]
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(kept)))
    return Participations(
        before[taking.starts], taking.numbers[kept], taking.roles[kept], taking.slugs
    )


def _build_network(
    taking: Participations, personal: Array, told: Mapping[str, ActorLabel], top: int
) -> NetworkDocument:
    counts = np.bincount(taking.numbers, minlength=len(taking.slugs))
    found = np.flatnonzero(counts)
    nodes = {taking.slugs[number]: int(counts[number]) for number in found.tolist()}
    picked = dict(rank_by_count(nodes)[:top])
    ones, others, numbers = _count_edges(taking, personal)
    is_picked = np.array([slug in picked for slug in taking.slugs], np.bool_)
    shown = is_picked[ones] & is_picked[others]
    edges = {
        (taking.slugs[one], taking.slugs[other]): number
        for one, other, number in zip(
            ones[shown].tolist(), others[shown].tolist(), numbers[shown].tolist(), strict=True
        )
    }
    return format_network(picked, edges, told, (len(nodes), len(ones)))


def _count_edges(taking: Participations, personal: Array) -> tuple[Array, Array, Array]:
    """Return each edge: the acting actor, the other one, and the number of events."""
    leads = [*list_role_directions(), *((role, role) for role in list_mutual_roles())]
    lengths = np.diff(taking.starts)
    of_event = np.repeat(np.arange(len(lengths)), lengths)
    acting = reduce(or_, (one for one, _ in leads))
    first = np.flatnonzero(has_bits(taking.roles, acting) & (lengths[of_event] > 1))
    sizes = compute_lengths(taking.starts, of_event[first])
    found: list[Array] = [np.zeros(0, np.int64)]
    for portion in split_portions(sizes, MOST_PAIRS):
        raise_if_stopped()
        ones = first[portion]
        place, others = expand_lists(taking.starts, of_event[ones])
        found.append(_encode_edges(taking, personal, ones[place], others))
    most = max(len(taking.slugs), 1)
    edges, numbers = _count_codes(found, most**2)
    return edges // most, edges % most, numbers


def _encode_edges(taking: Participations, personal: Array, ones: Array, others: Array) -> Array:
    """Return the code of the edge of each pair of participations that makes one."""
    one, other = taking.numbers[ones], taking.numbers[others]
    its, theirs = taking.roles[ones], taking.roles[others]
    alike = personal[one] == personal[other]
    lead = np.zeros(len(ones), np.bool_)
    for acting, undergoing in list_role_directions():
        lead |= has_bits(its, acting) & has_bits(theirs, undergoing)
    for role in list_mutual_roles():
        lead |= alike & has_bits(its & theirs, role)
    lead &= one != other
    return np.asarray(one[lead] * len(taking.slugs) + other[lead])


def _count_codes(found: Sequence[Array], most: int) -> tuple[Array, Array]:
    """Return the distinct codes, and how often each was found."""
    if most <= MOST_PLACES:
        counts: Any = sum(np.bincount(codes, minlength=most) for codes in found)
        edges = np.flatnonzero(counts)
        return edges, counts[edges]
    parts = [np.unique(codes, return_counts=True) for codes in found]
    edges, place = np.unique(np.concatenate([codes for codes, _ in parts]), return_inverse=True)
    numbers = np.concatenate([number for _, number in parts])
    return edges, np.bincount(place, numbers, len(edges)).astype(np.int64)
