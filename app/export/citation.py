"""Citations: the datasets in an export with their licences, and saved queries in three styles."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

DatasetDocument = Mapping[str, Any]

CITED_FIELDS = ("slug", "title", "licence", "citation", "url", "version", "released_on")
"""The fields of a dataset in its citation."""

_SPDX = re.compile(r"(?=.*\d)(?!LicenseRef-)[A-Za-z0-9][A-Za-z0-9.+-]*")
_URL_SAFE = "/:@!$&'()*+,;=~?#[]%-._"

_MONTHS = "January February March April May June July August September October November December"
MONTHS = tuple(_MONTHS.split())

_BIBTEX = re.compile(r"[\\{}$&#%_~^]")
_WORDS = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


@dataclass(frozen=True, slots=True)
class CitedQuestion:
    """A saved query to cite; `day` is the day on which it was saved, as YYYY-MM-DD."""

    id: str
    title: str
    day: str
    url: str
    sha256: str


def list_citations(datasets: Sequence[DatasetDocument]) -> list[dict[str, Any]]:
    """Return each dataset's citation, with the URL of its licence."""
    return [
        {
            **{name: dataset[name] for name in CITED_FIELDS},
            "licence_url": make_licence_url(dataset["licence"]),
        }
        for dataset in datasets
    ]


def make_licence_url(licence: str | None) -> str | None:
    """Return the URL of an SPDX licence, or the URL given as licence; else None."""
    if licence is None:
        return None
    if licence.startswith(("http://", "https://")):
        return quote(licence, safe=_URL_SAFE)
    return f"https://spdx.org/licenses/{licence}.html" if _SPDX.fullmatch(licence) else None


def format_citations(cited: CitedQuestion) -> dict[str, str]:
    """Return the citation in each style."""
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
