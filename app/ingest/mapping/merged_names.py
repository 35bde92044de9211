"""A provider still names who was merged: its rows, old and new, mean the one that answers now."""

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
    """Whom the slugs of some rows mean, where that is another: actors and sources."""

    actors: CurrentSlugs
    sources: CurrentSlugs

    @property
    def is_empty(self) -> bool:
        """Whether all mean those that they name."""
        return not self.actors and not self.sources

    def replace_in_row(self, row: PreparedRow) -> PreparedRow:
        """The row, naming whom it means."""
        if self.is_empty:
            return row
        return replace(
            row,
            event=replace_actors(row.event, self.actors),
            claims=self.replace_in_claims(row.claims),
        )

    def replace_in_claim_row(self, row: PreparedClaim) -> PreparedClaim:
        """The row that is a claim, naming whom it means."""
        if self.is_empty:
            return row
        return replace(row, part=replace(row.part, claim=self.replace_in_claim(row.part.claim)))

    def replace_in_claim(self, claim: ClaimContent) -> ClaimContent:
        """The claim, naming whom it means."""
        return replace_claim_slugs(claim, self.actors, self.sources)

    def replace_in_claims(self, claims: Mapping[Any, ClaimContent]) -> dict[Any, ClaimContent]:
        """The claims, naming whom they mean."""
        return {id: self.replace_in_claim(each) for id, each in claims.items()}

    def replace_in_base(self, base: MergeBase) -> MergeBase:
        """What a row mapped to before, so that a merge is no change of anybody's."""
        if self.is_empty:
            return base
        event = replace_actors(base["event"], self.actors)
        return {"event": event, "claims": self.replace_in_claims(base["claims"])}


NO_REPLACEMENTS = SlugReplacements({}, {})


def replace_batch_slugs(
    batch: MappedBatch, meaning_in: Callable[[str], SlugReplacements]
) -> MappedBatch:
    """The batch whose rows name whom they mean, by their datasets; it is settled."""
    return replace(
        batch,
        rows=[meaning_in(row.event["dataset"]).replace_in_row(row) for row in batch.rows],
        claims=[meaning_in(row.dataset).replace_in_claim_row(row) for row in batch.claims],
        has_final_names=True,
    )


def load_row_replacements(
    write: Transaction, caller: Caller, rows: Sequence[PreparedRow]
) -> SlugReplacements:
    """Whom these rows mean that were merged, as far as the caller may know."""
    return _load_replacements(write, caller, [(row.event, row.claims) for row in rows])


def load_claim_replacements(write: Transaction, claims: Iterable[ClaimContent]) -> SlugReplacements:
    """Whom claims mean that were settled before, or stored: whom they name is no secret."""
    return _load_replacements(write, OPERATOR, [({"participants": ()}, dict(enumerate(claims)))])


def load_base_replacements(write: Transaction, bases: Iterable[MergeBase]) -> SlugReplacements:
    """Whom rows that were stored mean now: whom they named was settled then, and is no secret."""
    return _load_replacements(write, OPERATOR, [(base["event"], base["claims"]) for base in bases])


def _load_replacements(
    write: Transaction, caller: Caller, said: Sequence[tuple[Mapping[str, Any], Mapping[Any, Any]]]
) -> SlugReplacements:
    taking = [each for event, _ in said for each in event["participants"]]
    claims = [claim for _, made in said for claim in made.values()]
    spoken = [claim["speaker"] for claim in claims if claim["speaker"]]
    named = [slug for each in taking for slug in (each["actor"], each["for"])]
    named += [slug for each in spoken for slug in (each["actor"], each["speaks_for"])]
    published = [slug for claim in claims for slug in (claim["source"], claim["origin"])]
    return SlugReplacements(
        lock_current_slugs(write.connection, "actor", named, caller),
        lock_current_slugs(write.connection, "source", published, caller),
    )
