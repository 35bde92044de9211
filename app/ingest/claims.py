"""The claims that imports make: a voice that affirms what a row says."""

from typing import Literal

from app.record.content import ClaimContent

Basis = Literal["media-report", "dataset-coding"]


def affirming_claim(key: str, source: str, basis: Basis, paraphrase: str) -> ClaimContent:
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


def coded_claim(source: str, origin: str | None, made_on: str | None, said: str) -> ClaimContent:
    """A claim of a dataset coded by machine: the paper whose report it read never affirmed that."""
    claim = affirming_claim("coding", source, "dataset-coding", said)
    return {**claim, "origin": origin, "made_on": made_on}
