"""Fuzzy lookup of actors and sources by name, with scores and reasons."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from app.db.database import Database
from app.db.limits.request_limits import map_in_worker
from app.query.names.name_candidates import CANDIDATES, bind_search
from app.values.caller import Caller
from app.values.name_matching import (
    LEAST_SIMILARITY,
    NameSimilarity,
    compare_names,
    list_parent_hosts,
    parse_host,
)
from app.values.suggestions import split_scheme

_PARENT_HOST_SCORE = 0.9


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A record that a name may mean, with a score from 0 to 1 and its reason."""

    document: dict[str, Any]
    score: float
    reason: str


async def look_up(
    database: Database, caller: Caller, kind: str, text: str, limit: int
) -> list[NameMatch]:
    """Find the records that a name, a code with its scheme or a host may mean, best first."""
    rows = await CANDIDATES[kind].fetch(database, caller, bind_search(text))
    scheme, code = split_scheme(text)
    host = parse_host(text)
    asked = _NameSearch(text, scheme, code, list_parent_hosts(host) if host else [])
    found = await map_in_worker(rows, lambda row: asked.match(orjson.loads(row[0])))
    likely = [match for match in found if match.score >= LEAST_SIMILARITY]
    return sorted(likely, key=lambda match: (-match.score, match.document["slug"]))[:limit]


@dataclass(frozen=True, slots=True)
class _NameSearch:
    """The parts of a text that is looked up."""

    text: str
    scheme: str | None
    code: str
    hosts: list[str]

    def match(self, document: dict[str, Any]) -> NameMatch:
        """Score a document by its best reason."""
        score, reason = max(self._yield_reasons(document), key=lambda scored: scored[0])
        return NameMatch(document, round(score, 2), reason)

    def _yield_reasons(self, document: dict[str, Any]) -> Iterator[tuple[float, str]]:
        if self.text == document["slug"]:
            yield 1.0, f"its slug is {self.text!r}"
        if self.scheme and self.code in document.get("codes", {}).get(self.scheme, ()):
            yield 1.0, f"its {self.scheme} code is {self.code!r}"
        yield from self._match_hosts(document)
        names = [("name", document["name"])]
        names += [("alias", alias) for alias in document.get("aliases", ())]
        names.append(("slug", document["slug"].replace("-", " ")))
        # Of equal scores the first counts: a name before an alias, an alias before the slug.
        for what, name in names:
            like: NameSimilarity = compare_names(self.text, name)
            yield like.score, f"{what} {name!r} {like.how}"

    def _match_hosts(self, document: dict[str, Any]) -> Iterator[tuple[float, str]]:
        held = {
            parse_host(address) for address in (document.get("url"), document["name"]) if address
        }
        for host in self.hosts:
            if host in held and host == self.hosts[0]:
                yield 1.0, f"its host is {host!r}"
            elif host in held:
                yield _PARENT_HOST_SCORE, f"its host {host!r} is above {self.hosts[0]!r}"
