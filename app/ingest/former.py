"""A provider still names who was merged: its rows, old and new, mean the one that answers now."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.db.writing import Write
from app.ingest.prepare import PreparedRow
from app.record.content import ClaimContent
from app.record.former import current_slugs, with_actors, with_voices

Base = Mapping[str, Any]


class Renamed:
    """Whom the former actors and sources of some rows mean."""

    def __init__(self, write: Write, rows: Sequence[PreparedRow]) -> None:
        taking = [each for row in rows for each in row.event["participants"]]
        said = [claim for row in rows for claim in row.claims.values()]
        spoken = [claim["speaker"] for claim in said if claim["speaker"]]
        named = [slug for each in taking for slug in (each["actor"], each["for"])]
        named += [slug for each in spoken for slug in (each["actor"], each["speaks_for"])]
        published = [slug for claim in said for slug in (claim["source"], claim["origin"])]
        self.actors = current_slugs(write.connection, "actor", named)
        self.sources = current_slugs(write.connection, "source", published)

    def rows(self, rows: Sequence[PreparedRow]) -> list[PreparedRow]:
        """The rows, naming those who answer now."""
        if not self.actors and not self.sources:
            return list(rows)
        return [
            replace(row, event=with_actors(row.event, self.actors), claims=self._claims(row.claims))
            for row in rows
        ]

    def base(self, base: Base) -> Base:
        """What a row mapped to before, so that a merge is no change of anybody's."""
        if not self.actors and not self.sources:
            return base
        event = with_actors(base["event"], self.actors)
        return {"event": event, "claims": self._claims(base["claims"])}

    def _claims(self, claims: Mapping[Any, ClaimContent]) -> dict[Any, ClaimContent]:
        return {id: with_voices(each, self.actors, self.sources) for id, each in claims.items()}
