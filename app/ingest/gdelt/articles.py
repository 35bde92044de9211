"""Articles that GDELT codes from, identified by canonical URL or citation."""

import re
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from app.ingest.gdelt.gdelt_dataset import GDELT
from app.ingest.reading.import_format import SourceFacts
from app.ingest.row_parsing.name_parsing import (
    guess_source_kind,
    make_single_line,
    make_source_slug,
)
from app.ingest.row_parsing.record_builders import make_affirming_claim
from app.record.content import ClaimContent

LONGEST_KEY = 200
UNNAMED_ARTICLE = "unnamed"
"""The key of a claim whose row does not name an article."""

_DIGEST_BYTES = 8
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_URL = re.compile(
    r"https?://[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
)
_PATH_BEGINS = re.compile(r"[/?]")
_BLANKS = re.compile(r"\s+")
_AROUND_SLASHES = re.compile(r"\s*/\s*")


class GdeltArticle(NamedTuple):
    """An article: its key in an event, its publisher, its URL, and GDELT's paraphrase."""

    key: str
    publisher: SourceFacts | None
    url: str | None
    paraphrase: str


@lru_cache(maxsize=4096)
def parse_article(identifier: str) -> GdeltArticle:
    """Return the article of a SOURCEURL or MentionIdentifier: a URL, a DOI or a citation."""
    text = _BLANKS.sub(" ", identifier).strip()
    if text.startswith("10.") and "/" in text:
        text = f"https://doi.org/{text}"
    scheme, colon, rest = text.partition("://")
    if colon and scheme.lower() in _DEFAULT_PORTS:
        return _make_linked_article(scheme.lower(), rest.partition("#")[0], text)
    return (
        _make_cited_article(text)
        if text
        else GdeltArticle(UNNAMED_ARTICLE, None, None, "Coded by GDELT")
    )


def make_gdelt_claim(article: GdeltArticle, made_on: str) -> ClaimContent:
    """Return GDELT's claim; the publisher of the article never affirmed the coding."""
    claim = make_affirming_claim(article.key, GDELT.slug, "dataset-coding", article.paraphrase)
    origin = article.publisher.slug if article.publisher else None
    return {**claim, "origin": origin, "made_on": made_on, "url": article.url}


def list_sources(article: GdeltArticle) -> list[SourceFacts]:
    """Return the sources that the claim names."""
    return [GDELT, article.publisher] if article.publisher else [GDELT]


def _make_linked_article(scheme: str, rest: str, text: str) -> GdeltArticle:
    """Return an article on the web, with a key of its canonical URL.

    The key ignores case of scheme and host, www., the scheme's default port and the fragment; an
    empty path is /.
    """
    begins = _PATH_BEGINS.search(rest)
    end = begins.start() if begins else len(rest)
    host = rest[:end].lower().removesuffix(_DEFAULT_PORTS[scheme]).removeprefix("www.")
    path = rest[end:]
    key = f"{scheme}://{host}{path if path.startswith('/') else '/' + path}"
    name = make_single_line(host.rpartition("@")[2].partition(":")[0], 200)
    if not name:
        return _make_cited_article(text)
    url = text if _URL.fullmatch(text) and len(text) <= 2000 else None
    return GdeltArticle(
        _truncate_key(key), _make_publisher(name), url, f"Coded by GDELT from an article of {name}"
    )


def _make_cited_article(text: str) -> GdeltArticle:
    """Return an article without URL: Kuna website /BBC Monitoring/(c) BBC.

    Blanks around slashes are ignored.
    """
    text = _AROUND_SLASHES.sub("/", text)
    parts = [part for part in text.split("/") if part and not part.startswith("(c)")]
    publisher = _make_publisher(make_single_line(parts[-1], 200)) if parts else None
    return GdeltArticle(
        _truncate_key(text), publisher, None, make_single_line(f"Coded by GDELT from: {text}")
    )


def _make_publisher(name: str) -> SourceFacts:
    return SourceFacts(make_source_slug(name), guess_source_kind(name), name)


def _truncate_key(text: str) -> str:
    """Return the text, with a digest at its end in place of what is too long."""
    if len(text) <= LONGEST_KEY:
        return text
    digest = blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()
    return f"{text[: LONGEST_KEY - len(digest) - 1]}~{digest}"
