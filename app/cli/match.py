"""`annals match`: events of two datasets that are the same."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.progress_bar import ProgressBar
from app.cli.session import DatabaseUrl, read_settings, run_with_records

if TYPE_CHECKING:
    from app.db.database import Database
    from app.matching.pairing import EventPair, SelectedPair
    from app.query.record_query import PlannedQuery
    from app.resources.matches.service import MatchCriteria, MatchResult

MOST_CANDIDATES = 5
"""The candidates of an event that are kept for pairing."""

BATCH = 500
LONGEST_NOTE = 500
LEVELS = (0.9, 0.8, 0.7, 0.6, 0.5)


@dataclass
class ComparisonTotals:
    """The totals of a comparison; `settled` are events already known to be the same as others."""

    candidates: int = 0
    cut_short: int = 0
    pairs: "list[EventPair]" = field(default_factory=list)
    settled: set[str] = field(default_factory=set)

    def list_unsettled(self) -> "list[EventPair]":
        """Return the pairs without events that are known to be the same as others."""
        return [pair for pair in self.pairs if self.settled.isdisjoint((pair.one, pair.other))]


def match(
    one: Annotated[str, typer.Argument(help="The dataset whose events are looked up.")],
    other: Annotated[str, typer.Argument(help="The dataset in which they are searched.")],
    window: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY=VALUE]...",
            help="As GET /v1/events/{id}/matches takes them: days=3 km=50 min_score=0.5",
            show_default=False,
        ),
    ] = None,
    confirm: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Relate clear pairs with at least this score as `same-as`."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", dir_okay=False, help="The file to write every pair to."),
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Find events of two datasets that are the same; change nothing without --confirm.

    Each event is paired with at most one of the other dataset, the most similar first. A pair is in
    doubt, and never confirmed, if a third event is nearly as similar to either. Events with a
    relation `same-as` are left alone; deleting that relation undoes it.
    """
    from app.db.database import Database
    from app.matching.pairing import select_pairs

    wanted = _parse_wanted(one, other, window or ())

    async def work(database: Database) -> None:
        found = await _compare(database, one, wanted)
        chosen = select_pairs(found.list_unsettled())
        if output is not None:
            _write_pairs(output, found.pairs, chosen)
        _print_summary(found, chosen)
        if confirm is not None:
            await _confirm(database, chosen, confirm)

    run_with_records(read_settings(database_url=database_url), work)


def _parse_wanted(one: str, other: str, window: Sequence[str]) -> "MatchCriteria":
    from app.cli.filter_arguments import read_filters
    from app.matching.score import MatchWindow
    from app.resources.matches.query import MatchQuery
    from app.resources.matches.service import MatchCriteria

    query = read_filters(MatchQuery, window)
    for name in ("dataset", "limit"):
        if name in query.model_fields_set:
            raise typer.BadParameter(f"{name} is not taken here: two whole datasets are compared")
    if one == other:
        raise typer.BadParameter("two datasets are compared; what is twice in one is merged")
    return MatchCriteria([other], MatchWindow(query.days, query.km), query.min_score)


async def _compare(database: "Database", one: str, wanted: "MatchCriteria") -> ComparisonTotals:
    from app.query.execute import count
    from app.query.names.resolve_names import resolve_names
    from app.query.planning import plan
    from app.query.record_query import build_query
    from app.resources.events.query import EventFilters
    from app.resources.events.resource_type import EVENTS
    from app.resources.matches.service import find_matches
    from app.values.caller import OPERATOR

    both = EventFilters(dataset=[one, *(wanted.datasets or ())])
    await resolve_names(database, both, OPERATOR)
    asked = build_query(EVENTS, EventFilters(dataset=[one]), OPERATOR)
    planned = await plan(database, asked, BATCH)
    compared, seen = ComparisonTotals(), 0
    with ProgressBar("comparing", await count(database, planned)) as bar:
        async for event in _load_events(database, planned):
            found = await find_matches(database, OPERATOR, event, wanted)
            _collect_matches(compared, event["id"], found)
            seen += 1
            bar.update(seen)
    return compared


def _collect_matches(compared: ComparisonTotals, event_id: str, found: "MatchResult") -> None:
    from app.matching.pairing import EventPair
    from app.resources.matches.service import explain_score

    compared.candidates += found.considered
    compared.cut_short += not found.complete
    for candidate in found.matches:
        if candidate.relation is not None:
            compared.settled |= {event_id, candidate.event["id"]}
    compared.pairs += [
        EventPair(
            event_id,
            candidate.event["id"],
            candidate.comparison.score,
            explain_score(candidate.comparison),
        )
        for candidate in found.matches[:MOST_CANDIDATES]
        if candidate.relation is None
    ]


async def _load_events(
    database: "Database", planned: "PlannedQuery"
) -> AsyncIterator[dict[str, Any]]:
    """Yield every event of the query, page by page, so that no read stays open between them."""
    from app.query.execute import fetch_page
    from app.record.document import decode_document

    while True:
        page = await fetch_page(database, planned)
        for document in page.documents:
            yield decode_document(document)
        if page.next_key is None:
            return
        planned = planned.resume_after(page.next_key)


def _write_pairs(output: Path, pairs: "list[EventPair]", chosen: "list[SelectedPair]") -> None:
    leads = {(selected.pair.one, selected.pair.other): selected.lead for selected in chosen}
    with output.open("w", encoding="utf-8") as file:
        for pair in sorted(pairs, key=lambda pair: (-pair.score, pair.one, pair.other)):
            ends = {"from": pair.one, "to": pair.other}
            paired = {"paired": (pair.one, pair.other) in leads}
            line = {**ends, **paired, "lead": leads.get((pair.one, pair.other)), **pair.explanation}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _print_summary(found: ComparisonTotals, chosen: "list[SelectedPair]") -> None:
    clear = sum(selected.is_clear for selected in chosen)
    print(
        f"{found.candidates} candidates compared, {len(found.pairs)} alike, {len(chosen)} paired,"
        f" {clear} of these clearly"
    )
    for level in LEVELS:
        reached = [selected for selected in chosen if selected.pair.score >= level]
        if reached:
            last = reached[-1].pair.explanation["reason"]
            print(f"{len(reached)} of {level:g} or more; the last of them: {last}")
    if found.settled:
        print(f"{len(found.settled)} events known to be the same as others already")
    if found.cut_short:
        print(f"{found.cut_short} events had more candidates than were compared")


async def _confirm(database: "Database", chosen: "list[SelectedPair]", least: float) -> None:
    sure = [
        selected.pair for selected in chosen if selected.is_clear and selected.pair.score >= least
    ]
    await _relate(database, sure)
    links = "relation" if len(sure) == 1 else "relations"
    print(f"{len(sure)} {links} same-as made, of the clear pairs of {least:g} or more")


async def _relate(database: "Database", pairs: "list[EventPair]") -> None:
    from app.db.transaction import Transaction
    from app.resources.relations.schemas import RelationCreate
    from app.resources.relations.service import record_relations
    from app.values.caller import OPERATOR

    bodies = [
        RelationCreate.model_validate(
            {"from": pair.one, "to": pair.other, "type": "same-as", "note": _make_note(pair)}
        )
        for pair in pairs
    ]

    def relate(write: Transaction, part: Sequence[RelationCreate]) -> None:
        record_relations(write, OPERATOR, part)

    with ProgressBar("relating", len(bodies)) as bar:
        for start in range(0, len(bodies), BATCH):
            part = bodies[start : start + BATCH]
            await database.write(partial(relate, part=part))
            bar.update(start + len(part))


def _make_note(pair: "EventPair") -> str:
    return f"matched {pair.score:g}: {pair.explanation['reason']}"[:LONGEST_NOTE]
