"""How a saved question is cited: APA, Chicago and BibTeX."""

import re
from dataclasses import dataclass

_MONTHS = "January February March April May June July August September October November December"
MONTHS = tuple(_MONTHS.split())

_BIBTEX = re.compile(r"[\\{}$&#%_~^]")
_WORDS = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


@dataclass(frozen=True, slots=True)
class CitedQuestion:
    """What is cited: `day` is the one on which it was saved, as YYYY-MM-DD."""

    id: str
    title: str
    day: str
    url: str
    sha256: str


def format_citations(cited: CitedQuestion) -> dict[str, str]:
    """The citation in each style."""
    year, month, day = cited.day.split("-")
    named = MONTHS[int(month) - 1]
    number = int(day)
    fields = {
        "title": f"{{{_escape_bibtex(cited.title)}}}",
        "howpublished": "{Annals, saved question}",
        "year": f"{{{year}}}",
        "note": f"{{Saved {cited.day}, SHA-256 {cited.sha256}}}",
        "url": f"{{{cited.url}}}",
    }
    lines = ",\n".join(f"  {name} = {value}" for name, value in fields.items())
    return {
        "apa": f"{cited.title} [Data set]. ({year}, {named} {number}). Annals. {cited.url}",
        "chicago": f"“{cited.title}.” Annals. Saved {named} {number}, {year}. {cited.url}.",
        "bibtex": f"@misc{{annals-{cited.id},\n{lines}\n}}",
    }


def _escape_bibtex(text: str) -> str:
    return _BIBTEX.sub(lambda found: _WORDS.get(found[0], f"\\{found[0]}"), text)
