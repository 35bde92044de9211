"""Replacements of slugs in rows whose provider still names a record that was merged away."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from app.db.transaction import Transaction
from app.ingest.mapping.map_rows import MappedBatch, PreparedClaim, PreparedRow
from app.record.content import ClaimContent
from app.record.merged_slugs import (
    CurrentSlugs,
    lock_current_slugs,
    replace_actors,
    replace_claim_slugs,
)
from app.values.caller import OPERATOR, Caller

MergeBase = Mapping[str, Any]


class SlugReplacements(NamedTuple):
    """Replacements for the slugs of actors and sources in some rows."""

    actors: CurrentSlugs
    sources: CurrentSlugs

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to replace."""
        return not self.actors and not self.sources

    def replace_in_row(self, row: PreparedRow) -> PreparedRow:
        """Return the row with current slugs."""
        if self.is_empty:
            return row
        return replace(
            row,
            event=replace_actors(row.event, self.actors),
            claims=self.replace_in_claims(row.claims),
        )

    def replace_in_claim_row(self, row: PreparedClaim) -> PreparedClaim:
        """Return the row that is a claim with current slugs."""
        if self.is_empty:
            return row
        return replace(row, part=replace(row.part, claim=self.replace_in_claim(row.part.claim)))

    def replace_in_claim(self, claim: ClaimContent) -> ClaimContent:
        """Return the claim with current slugs."""
        return replace_claim_slugs(claim, self.actors, self.sources)

    def replace_in_claims(self, claims: Mapping[Any, ClaimContent]) -> dict[Any, ClaimContent]:
        """Return the claims with current slugs."""
        return {id: self.replace_in_claim(claim) for id, claim in claims.items()}

    def replace_in_base(self, base: MergeBase) -> MergeBase:
        """Return the base of a merge with current slugs, so that a merged name is not a change."""
        if self.is_empty:
            return base
        event = replace_actors(base["event"], self.actors)
        return {"event": event, "claims": self.replace_in_claims(base["claims"])}


NO_REPLACEMENTS = SlugReplacements({}, {})


def replace_batch_slugs(
    batch: MappedBatch, meaning_in: Callable[[str], SlugReplacements]
) -> MappedBatch:
    """Return the batch with the slugs of each row's dataset replaced by final ones."""
    return replace(
        batch,
        rows=[meaning_in(row.event["dataset"]).replace_in_row(row) for row in batch.rows],
        claims=[meaning_in(row.dataset).replace_in_claim_row(row) for row in batch.claims],
        has_final_names=True,
    )


def load_row_replacements(
    write: Transaction, caller: Caller, rows: Sequence[PreparedRow]
) -> SlugReplacements:
    """Load the replacements of merged slugs in these rows, as far as the caller may see them."""
    return _load_replacements(write, caller, [(row.event, row.claims) for row in rows])


def load_claim_replacements(write: Transaction, claims: Iterable[ClaimContent]) -> SlugReplacements:
    """Load the replacements for stored or resolved claims, whose names are no secret."""
    return _load_replacements(write, OPERATOR, [({"participants": ()}, dict(enumerate(claims)))])


def load_base_replacements(write: Transaction, bases: Iterable[MergeBase]) -> SlugReplacements:
    """Load the replacements for stored rows, whose names were resolved before and are no secret."""
    return _load_replacements(write, OPERATOR, [(base["event"], base["claims"]) for base in bases])


def _load_replacements(
    write: Transaction, caller: Caller, said: Sequence[tuple[Mapping[str, Any], Mapping[Any, Any]]]
) -> SlugReplacements:
    taking = [participant for event, _ in said for participant in event["participants"]]
    claims = [claim for _, made in said for claim in made.values()]
    spoken = [claim["speaker"] for claim in claims if claim["speaker"]]
    named = [slug for participant in taking for slug in (participant["actor"], participant["for"])]
    named += [slug for speaker in spoken for slug in (speaker["actor"], speaker["speaks_for"])]
    published = [slug for claim in claims for slug in (claim["source"], claim["origin"])]
    return SlugReplacements(
        lock_current_slugs(write.connection, "actor", named, caller),
        lock_current_slugs(write.connection, "source", published, caller),
    )
