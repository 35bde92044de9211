"""From a claim to the statement that the judge weighs: whose voice it is, and how reliable."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from app.db.sql.array_sql import any_of
from app.db.statements import Statement as Asked
from app.db.statements import fetch
from app.models.sources import past_sources, sources
from app.record.content import ClaimContent
from app.record.row_locks import add_row_lock
from app.record.verification import ClaimStatement
from app.values.dates import OPEN_END, OPEN_START, parse_date, parse_day
from app.values.tokenizer import EventTokens, tokenize


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """What a source brings to each of its statements."""

    reliability: str
    owner: str | None
    speaks_for: str | None


def make_claim_statement(
    claim_id: str, content: ClaimContent, facts: Mapping[str, SourceProfile]
) -> ClaimStatement:
    """One claim as the judge sees it.

    The voice is whom the speaker speaks for, or the speaker; without a speaker it is whom the
    source of the text speaks for, or its owner, or that source itself.
    """
    text_of = content["origin"] or content["source"]
    source = facts[text_of]
    speaker = content["speaker"] or {"actor": None, "title": None, "speaks_for": None}
    spoken_for = speaker["speaks_for"] or speaker["actor"]
    if spoken_for is None and content["speaker"] is None:
        spoken_for = source.speaks_for
    return ClaimStatement(
        id=claim_id,
        voice=spoken_for or source.owner or text_of,
        speaks_for=spoken_for,
        stance=content["stance"],
        made_day=compute_made_day(content),
        made_on=content["made_on"],
        retracted_day=(parse_day(content["retracted_on"]) if content["retracted_on"] else OPEN_END),
        reliability=source.reliability,
        credibility=content["credibility"],
        basis=content["basis"],
        source=content["source"],
        origin=content["origin"],
        about=content["about"],
        value=content["value"],
    )


def compute_made_day(content: ClaimContent) -> int:
    """The latest day on which the claim can have been made, `OPEN_END` if that is unknown."""
    return parse_date(content["made_on"]).latest_day if content["made_on"] else OPEN_END


def make_claim_columns(content: ClaimContent) -> dict[str, Any]:
    """The columns by which a claim is found; an unknown day sorts as smallest."""
    day = compute_made_day(content)
    speaker = content["speaker"] or {"actor": None, "title": None, "speaks_for": None}
    whole: Mapping[str, Any] = content
    return {
        "made_day": OPEN_START if day == OPEN_END else day,
        "is_retracted": int(content["retracted_on"] is not None),
        "speaker": speaker["actor"],
        "speaks_for": speaker["speaks_for"],
        **{key: whole[key] for key in _COPIED_COLUMNS},
    }


def make_claim_text(content: ClaimContent) -> dict[str, Any]:
    """The searchable words of a claim's statement, and the day by which it had been made."""
    day = compute_made_day(content)
    return {
        "made_day": OPEN_START if day == OPEN_END else day,
        "words": EventTokens(title=(), names=(), summary=tuple(tokenize(content["paraphrase"]))),
    }


_COPIED_COLUMNS = (
    "credibility",
    "stance",
    "basis",
    "source",
    "origin",
    "about",
    "language",
    "external_id",
)


def load_source_profiles(
    connection: Connection, slugs: Iterable[str], *, hold: bool = False
) -> dict[str, SourceProfile]:
    """The facts of the named sources that stand; with `hold` nobody changes one meanwhile."""
    wanted = sorted(set(slugs))
    if not wanted:
        return {}
    asked = _LOCKED_FACTS if hold else _SOURCE_FACTS
    return {
        slug: SourceProfile(*facts) for slug, *facts in fetch(connection, asked, {"slugs": wanted})
    }


def load_last_profiles(
    connection: Connection, slugs: Iterable[str], facts: Mapping[str, SourceProfile]
) -> dict[str, SourceProfile]:
    """The last facts of those that `facts` lacks, as only claims that were brought back need."""
    gone = [slug for slug in slugs if slug not in facts]
    rows = fetch(connection, _LAST_FACTS, {"slugs": gone}) if gone else []
    return {slug: SourceProfile(*last) for slug, *last in rows}


_FACTS = ("slug", "reliability", "owner", "speaks_for")
_CURRENT_FACTS = select(*(sources.c[name] for name in _FACTS)).where(
    any_of(sources.c.slug, "slugs")
)
_SOURCE_FACTS = Asked(_CURRENT_FACTS)
_LOCKED_FACTS = Asked(add_row_lock(_CURRENT_FACTS, sources))
# In the order of the past, so that the last state is the one that is kept.
_LAST_FACTS = Asked(
    select(*(past_sources.c[name] for name in _FACTS))
    .where(any_of(past_sources.c.slug, "slugs"))
    .order_by(past_sources.c.until_position)
)
