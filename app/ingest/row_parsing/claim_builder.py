"""The claims that imports make: a voice that affirms what a row says."""

from typing import Literal

from app.ingest.reading.import_format import SourceFacts
from app.ingest.row_parsing.name_parsing import (
    guess_source_kind,
    make_single_line,
    make_source_slug,
)
from app.record.content import ClaimContent

ClaimBasis = Literal["media-report", "dataset-coding"]


def make_affirming_claim(key: str, source: str, basis: ClaimBasis, paraphrase: str) -> ClaimContent:
    """A claim that affirms an event, of unknown day and credibility; `key` is its own in it."""
    return {
        "external_id": key,
        "stance": "affirms",
        "source": source,
        "speaker": None,
        "origin": None,
        "made_on": None,
        "paraphrase": paraphrase,
        "url": None,
        "language": None,
        "basis": basis,
        "credibility": 6,
        "retracted_on": None,
        "about": None,
        "value": None,
    }


def make_coded_claim(
    dataset: SourceFacts, report: str, made_on: str | None
) -> tuple[ClaimContent, list[SourceFacts]]:
    """The claim of a dataset that a machine coded from a report, and the sources it names.

    The paper whose report was read never affirmed the coding: it is where the claim comes from.
    """
    paper = (
        SourceFacts(make_source_slug(report), guess_source_kind(report), report) if report else None
    )
    said = f"Coded by {dataset.name} from a report" + (f" of {report}" if report else "")
    claim = make_affirming_claim("coding", dataset.slug, "dataset-coding", make_single_line(said))
    claim = {**claim, "origin": paper.slug if paper else None, "made_on": made_on}
    return claim, [dataset, paper] if paper else [dataset]
