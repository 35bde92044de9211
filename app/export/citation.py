"""Whose data an export is: the licence and the citation of every dataset in it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

DatasetDocument = Mapping[str, Any]

CITED_FIELDS = ("slug", "title", "licence", "citation", "url", "version", "released_on")
"""What is said of a dataset."""

_SPDX = re.compile(r"(?=.*\d)(?!LicenseRef-)[A-Za-z0-9][A-Za-z0-9.+-]*")
_URL_SAFE = "/:@!$&'()*+,;=~?#[]%-._"


def list_citations(datasets: Sequence[DatasetDocument]) -> list[dict[str, Any]]:
    """Each dataset as it wants to be cited, with where its licence can be read."""
    return [
        {
            **{name: each[name] for name in CITED_FIELDS},
            "licence_url": make_licence_url(each["licence"]),
        }
        for each in datasets
    ]


def make_licence_url(licence: str | None) -> str | None:
    """Where a licence can be read: that of an SPDX identifier, or the URL that it is."""
    if licence is None:
        return None
    if licence.startswith(("http://", "https://")):
        return quote(licence, safe=_URL_SAFE)
    return f"https://spdx.org/licenses/{licence}.html" if _SPDX.fullmatch(licence) else None
