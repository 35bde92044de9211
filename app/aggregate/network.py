"""Networks of actors: the edges that their roles in the events of a query make."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from app.aggregate.multi_valued import accept_every_row, build_lookups
from app.db.database import Reads
from app.db.ddl import sort_by_bytes
from app.db.sql.array_sql import any_of
from app.db.statements import AnySelect, Statement
from app.models.actors import actors, past_actors
from app.models.events import participants
from app.query.compile import select_matching
from app.query.execute import cache_statement
from app.query.record_query import PlannedQuery
from app.query.table_view import is_valid_at_position, list_tables_at, unite_all
from app.vocab.closed_lists import get_roles


class ActorLabel(NamedTuple):
    """The kind and name of an actor; a deleted one has its last name, or its slug if unknown."""

    kind: str | None
    name: str


async def load_actor_labels(
    reads: Reads, slugs: Sequence[str], at: int | None
) -> dict[str, ActorLabel]:
    """Load the labels of the actors with these slugs, now or at a position."""
    rows = await reads.fetch(
        _make_label_statement(at is not None), {"slugs": slugs, "at_position": at}
    )
    found = {slug: ActorLabel(kind, name) for slug, kind, name in rows}
    gone = [slug for slug in slugs if slug not in found]
    if gone:
        rows = await reads.fetch(_GONE_STATEMENT, {"slugs": gone})
        last = {slug: ActorLabel(kind, name) for slug, kind, name in rows}
        found |= {slug: last.get(slug) or ActorLabel(None, slug) for slug in gone}
    return found


@cache
def _make_label_statement(as_of: bool) -> Statement:
    return Statement(
        unite_all(
            select(*(table.c[name] for name in _NAMES)).where(
                any_of(table.c.slug, "slugs"), *stands
            )
            for table, stands in list_tables_at(actors, as_of=as_of)
        )
    )


_NAMES = ("slug", "kind", "name")
_GONE_STATEMENT = Statement(
    select(*(past_actors.c[name] for name in _NAMES))
    .where(any_of(past_actors.c.slug, "slugs"))
    .order_by(past_actors.c.until_position)
)


NODE, EDGE, NODES, EDGES = range(4)


PERSONAL = ("person", "body")
"""Kinds of actors that mostly act for others."""


Edge = tuple[str, str]
NetworkDocument = dict[str, Any]
Ranked = TypeVar("Ranked", str, Edge)


async def count_network(
    reads: Reads, query: PlannedQuery, top: int, kinds: Sequence[str] | None = None
) -> NetworkDocument:
    """Return the `top` actors with most events, the edges among them, and the numbers left out.

    With `kinds`, only actors of these kinds.
    """
    statement = build_network_statement(query, of_kinds=bool(kinds))
    values = {**query.binds(), "top": top, "kinds": list(kinds or ())}
    rows = await reads.fetch(statement, values)
    nodes = {actor: count for part, actor, _, count in rows if part == NODE}
    edges = {(one, other): count for part, one, other, count in rows if part == EDGE}
    totals = {part: count for part, _, _, count in rows if part in {NODES, EDGES}}
    labels = await load_actor_labels(reads, list(nodes), query.as_of)
    return format_network(nodes, edges, labels, (totals[NODES], totals[EDGES]))


def build_network_statement(query: PlannedQuery, *, of_kinds: bool) -> Statement:
    """Build the statement of (part, actor, other actor, count): nodes, edges, and their numbers."""
    shape = ("network", of_kinds, query.shape)
    return cache_statement(shape, lambda: _select_network(query, of_kinds))


def format_network(
    nodes: Mapping[str, int],
    edges: Mapping[Edge, int],
    labels: Mapping[str, ActorLabel],
    totals: tuple[int, int],
) -> NetworkDocument:
    """Return the network as it is answered; `totals` are the numbers of nodes and of edges."""
    return {
        "nodes": [
            {"actor": slug, "name": labels[slug].name, "count": count}
            for slug, count in rank_by_count(nodes)
        ],
        "edges": [
            {"from": one, "to": other, "count": count}
            for (one, other), count in rank_by_count(edges)
        ],
        "left_out": {"nodes": totals[0] - len(nodes), "edges": totals[1] - len(edges)},
    }


def rank_by_count(counts: Mapping[Ranked, int]) -> list[tuple[Ranked, int]]:
    """Return them with their counts, the greatest first."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def list_role_directions() -> list[tuple[int, int]]:
    """Return pairs of role sets, as bits: an edge leads from the first to the second.

    From acting roles to those acted upon; from supplier to recipient; from guest to host; from
    mediator to side.
    """
    bits = {role.role: 1 << role.bit for role in get_roles().values()}
    undergo = bits["target"] | bits["addressee"] | bits["victim"]
    passive = bits["host"] | bits["recipient"]
    act = sum(1 << role.bit for role in get_roles().values() if role.acts) & ~passive
    return [
        (act, undergo),
        *((bits[one], bits[other]) for one, other in _ROLE_PAIRS),
    ]


def list_mutual_roles() -> list[int]:
    """Return the roles, as bits, whose holders are joined both ways."""
    return [1 << get_roles()[role].bit for role in ("side", "signatory")]


_ROLE_PAIRS: Sequence[tuple[str, str]] = (
    ("supplier", "recipient"),
    ("guest", "host"),
    ("mediator", "side"),
)


def _select_network(query: PlannedQuery, of_kinds: bool) -> AnySelect:
    found = select_matching(query, lambda view: [view.key.label("key")])
    events = (found[0] if len(found) == 1 else union_all(*found)).cte("found_events")
    taking = _select_participations(query, events, of_kinds)
    counted = (
        select(taking.c.actor, func.count().label("count")).group_by(taking.c.actor).cte("counted")
    )
    order = (counted.c.count.desc(), cast(counted.c.actor, sort_by_bytes(Text())))
    top = bindparam("top", type_=Integer, required=True)
    picked = select(counted.c.actor, counted.c.count).order_by(*order).limit(top).cte("picked")
    edges = _select_edges(taking)
    kept = (
        select(edges)
        .where(
            edges.c.from_actor.in_(select(picked.c.actor)),
            edges.c.to_actor.in_(select(picked.c.actor)),
        )
        .subquery()
    )
    return union_all(
        _select_part(NODE, picked.c.count, picked.c.actor),
        _select_part(EDGE, kept.c.count, kept.c.from_actor, kept.c.to_actor),
        _select_part(NODES, func.count(), source=counted),
        _select_part(EDGES, func.count(), source=edges),
    )


def _select_participations(query: PlannedQuery, events: FromClause, of_kinds: bool) -> FromClause:
    """Select (event, actor, roles, 1 if the actor is a person or body)."""
    lookups = build_lookups(
        participants, lambda table: [table.c.actor, table.c.roles], accept_every_row
    )
    parts = [lookup(events.c.key).add_columns(events.c.key) for lookup in lookups(query)]
    rows = union_all(*parts).subquery()
    (present, stands), *_ = list_tables_at(actors, as_of=query.as_of is not None)
    kind = func.coalesce(present.c.kind, _select_past_kind(query, rows.c.actor))
    is_personal = case((kind.in_(_PERSONAL), 1), else_=0).label("is_personal")
    taking = select(rows.c.key.label("event_id"), rows.c.actor, rows.c.roles, is_personal)
    # An outer join, so that actors deleted since are not left out.
    taking = taking.outerjoin(present, and_(present.c.slug == rows.c.actor, *stands))
    if of_kinds:
        taking = taking.where(any_of(kind, "kinds"))
    return taking.cte("taking")


def _select_past_kind(query: PlannedQuery, actor: ColumnElement[Any]) -> ColumnElement[Any]:
    """Select the kind of an actor without a present row: at the position, or the last one."""
    stands = [is_valid_at_position(past_actors)] if query.as_of is not None else []
    was = select(past_actors.c.kind).where(past_actors.c.slug == actor, *stands)
    return was.order_by(past_actors.c.until_position.desc()).limit(1).scalar_subquery()


_PERSONAL: list[ColumnElement[str]] = [literal_column(f"'{kind}'") for kind in PERSONAL]


def _select_edges(taking: FromClause) -> FromClause:
    one, other = taking.alias("one"), taking.alias("other")
    leads = [
        _has_roles(one, acting) & _has_roles(other, undergoing)
        for acting, undergoing in list_role_directions()
    ]
    # A person is on the side of the state that it acts for, not on another one.
    alike = one.c.is_personal == other.c.is_personal
    leads += [
        alike & _has_roles(one, role) & _has_roles(other, role) for role in list_mutual_roles()
    ]
    pairs = select(
        one.c.actor.label("from_actor"),
        other.c.actor.label("to_actor"),
        func.count().label("count"),
    ).where(one.c.event_id == other.c.event_id, one.c.actor != other.c.actor, or_(*leads))
    return pairs.group_by(one.c.actor, other.c.actor).cte("edges")


def _has_roles(table: FromClause, bits: int) -> ColumnElement[bool]:
    return table.c.roles.op("&")(_make_literal(bits)) != literal_column("0")


def _make_literal(bits: int) -> ColumnElement[Any]:
    return literal_column(str(bits), BigInteger)


def _select_part(
    part: int,
    count: ColumnElement[Any],
    *actors: ColumnElement[Any],
    source: FromClause | None = None,
) -> Any:
    padded = [*actors, *(null() for _ in range(2 - len(actors)))]
    part_rows = select(
        literal_column(str(part), Integer).label("part"),
        *(cast(each, Text).label(f"actor_{place}") for place, each in enumerate(padded)),
        cast(count, BigInteger).label("count"),
    )
    return part_rows if source is None else part_rows.select_from(source)
