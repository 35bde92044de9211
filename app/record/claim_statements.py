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
from app.record.row_locks import held
from app.record.verification import Statement
from app.values.dates import OPEN_END, OPEN_START, day_number, parse_date
from app.values.tokenizer import Words, tokens


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a source brings to each of its statements."""

    reliability: str
    owner: str | None
    speaks_for: str | None


def statement_of(
    claim_id: str, content: ClaimContent, facts: Mapping[str, SourceFacts]
) -> Statement:
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
    return Statement(
        id=claim_id,
        voice=spoken_for or source.owner or text_of,
        speaks_for=spoken_for,
        stance=content["stance"],
        made_day=made_day(content),
        made_on=content["made_on"],
        retracted_day=(
            day_number(content["retracted_on"]) if content["retracted_on"] else OPEN_END
        ),
        reliability=source.reliability,
        credibility=content["credibility"],
        basis=content["basis"],
        source=content["source"],
        origin=content["origin"],
        about=content["about"],
        value=content["value"],
    )


def made_day(content: ClaimContent) -> int:
    """The latest day on which the claim can have been made, `OPEN_END` if that is unknown."""
    return parse_date(content["made_on"]).latest_day if content["made_on"] else OPEN_END


def claim_columns(content: ClaimContent) -> dict[str, Any]:
    """The columns by which a claim is found; an unknown day sorts as smallest."""
    day = made_day(content)
    speaker = content["speaker"] or {"actor": None, "title": None, "speaks_for": None}
    whole: Mapping[str, Any] = content
    return {
        "made_day": OPEN_START if day == OPEN_END else day,
        "is_retracted": int(content["retracted_on"] is not None),
        "speaker": speaker["actor"],
        "speaks_for": speaker["speaks_for"],
        **{key: whole[key] for key in _PLAIN_COLUMNS},
    }


def claim_text(content: ClaimContent) -> dict[str, Any]:
    """The searchable words of a claim's statement, and the day by which it had been made."""
    day = made_day(content)
    return {
        "made_day": OPEN_START if day == OPEN_END else day,
        "words": Words(title=(), names=(), summary=tuple(tokens(content["paraphrase"]))),
    }


_PLAIN_COLUMNS = (
    "credibility",
    "stance",
    "basis",
    "source",
    "origin",
    "about",
    "language",
    "external_id",
)


def load_source_facts(
    connection: Connection, slugs: Iterable[str], *, hold: bool = False
) -> dict[str, SourceFacts]:
    """The facts of the named sources that stand; with `hold` nobody changes one meanwhile."""
    wanted = sorted(set(slugs))
    if not wanted:
        return {}
    asked = _HELD_FACTS if hold else _SOURCE_FACTS
    return {
        slug: SourceFacts(*facts) for slug, *facts in fetch(connection, asked, {"slugs": wanted})
    }


def load_last_facts(
    connection: Connection, slugs: Iterable[str], facts: Mapping[str, SourceFacts]
) -> dict[str, SourceFacts]:
    """The last facts of those that `facts` lacks, as only claims that were brought back need."""
    gone = [slug for slug in slugs if slug not in facts]
    rows = fetch(connection, _LAST_FACTS, {"slugs": gone}) if gone else []
    return {slug: SourceFacts(*last) for slug, *last in rows}


_FACTS = ("slug", "reliability", "owner", "speaks_for")
_STANDING = select(*(sources.c[name] for name in _FACTS)).where(any_of(sources.c.slug, "slugs"))
_SOURCE_FACTS = Asked(_STANDING)
_HELD_FACTS = Asked(held(_STANDING, sources))
# In the order of the past, so that the last state is the one that is kept.
_LAST_FACTS = Asked(
    select(*(past_sources.c[name] for name in _FACTS))
    .where(any_of(past_sources.c.slug, "slugs"))
    .order_by(past_sources.c.until_position)
)
