"""Records of a private dataset that a stranger does not see, and rows that name them everywhere."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from app.db.database import Database
from app.db.transaction import Transaction
from app.models.actors import actor_codes, actor_names, actors
from app.models.names import former_slugs, name_keys
from app.models.sources import sources
from app.resources.actors.schemas import ActorCreate
from app.resources.actors.service import create_actor, merge_actor
from app.resources.datasets.schemas import DatasetCreate
from app.resources.datasets.service import create_dataset
from app.resources.sources.schemas import SourceCreate
from app.resources.sources.service import create_source, merge_source
from app.values.caller import OPERATOR, Caller

Record = dict[str, Any]

ACTOR, SOURCE = "aaa-010", "aaa-wire"
FORMER = {"actor": "aaa-009", "source": "aaa-news"}
"""Slugs merged into the hidden ones."""

IMPORTS = frozenset({"import"})
DATASETS = {
    **dict.fromkeys(("desk", "other", "ucdp-ged", "gdelt"), "public"),
    "nook": "private",
}
"""The datasets that the stranger may write to, by visibility."""

HELD = frozenset(DATASETS)
STRANGER = Caller(key_id="stranger", name="stranger", scopes=IMPORTS, datasets=HELD)
SEER = Caller(key_id="seer", name="seer", scopes=IMPORTS, datasets=HELD | {"umbra"})
PLACES: dict[str, tuple[str, Callable[[str], Record]]] = {
    "participant": ("actor", lambda slug: {"participants": [_taking(slug)]}),
    "for": ("actor", lambda slug: {"participants": [_taking("RUS", slug)]}),
    "source": ("source", lambda slug: _said(source=slug)),
    "origin": ("source", lambda slug: _said(origin=slug)),
    "speaker": ("actor", lambda slug: _said(speaker={"actor": slug})),
    "speaks_for": ("actor", lambda slug: _said(speaker={"actor": "RUS", "speaks_for": slug})),
    "owner of a source": (
        "source",
        lambda slug: _referring(
            {"slug": "daily", "kind": "newspaper", "name": "Daily", "owner": slug},
            {"slug": slug, "kind": "wire", "name": "Theirs"},
        ),
    ),
    "actor of a source": (
        "actor",
        lambda slug: _referring(
            {"slug": "daily", "kind": "newspaper", "name": "Daily", "speaks_for": slug},
            actors=[{"slug": slug, "kind": "person", "name": "Theirs"}],
        ),
    ),
}
"""Every place where a row can name a record, with a row that does so."""


def a_row(dataset: str, **content: Any) -> Record:
    """Return a row in this project's own format."""
    row = {"dataset": dataset, "external_id": "a", "type": "meeting", "title": "A meeting"}
    return {**row, "date": "2024-06", **content}


def rows_naming(dataset: str, slugs: Mapping[str, str] | None = None) -> list[Record]:
    """Return a row for each place, naming the hidden actor or source, or others."""
    named = slugs or {"actor": ACTOR, "source": SOURCE}
    return [
        a_row(dataset, external_id=place, **content(named[noun]))
        for place, (noun, content) in PLACES.items()
    ]


def write_rows(path: Path, *rows: Record) -> Path:
    """Write a file of such rows."""
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


async def make_datasets(database: Database, **visibilities: str) -> None:
    """Create missing datasets."""

    def work(write: Transaction) -> None:
        for slug, visibility in visibilities.items():
            body = {"slug": slug, "title": slug, "visibility": visibility}
            create_dataset(write, OPERATOR, DatasetCreate.model_validate(body))

    await database.write(work)


async def hide(database: Database) -> None:
    """Create the private dataset with its actor, its source, and records merged into them."""
    await make_datasets(database, umbra="private")

    def work(write: Transaction) -> None:
        for slug in (ACTOR, FORMER["actor"]):
            body = {"slug": slug, "kind": "person", "name": f"Nightjar {slug}", "dataset": "umbra"}
            coded = {**body, "aliases": ["Geheim"], "codes": {"cameo": "geheim"}}
            create_actor(write, OPERATOR, ActorCreate.model_validate(coded))
        for slug in (SOURCE, FORMER["source"]):
            body = {"slug": slug, "kind": "wire", "name": f"Nightjar {slug}", "dataset": "umbra"}
            create_source(write, OPERATOR, SourceCreate.model_validate(body))
        merge_actor(write, OPERATOR, FORMER["actor"], ACTOR)
        merge_source(write, OPERATOR, FORMER["source"], SOURCE)

    await database.write(work)


def hidden_rows(connection: Connection) -> list[Any]:
    """Return every byte of the private dataset and of its search keys."""
    slugs = [ACTOR, SOURCE, *FORMER.values()]
    asked = [
        *(select(table).where(table.c.slug.in_(slugs)) for table in (actors, sources)),
        *(select(table).where(table.c.slug.in_(slugs)) for table in (name_keys, former_slugs)),
        *(select(table).where(table.c.actor.in_(slugs)) for table in (actor_names, actor_codes)),
    ]
    return [sorted(map(tuple, connection.execute(each))) for each in asked]


def _taking(actor: str, acts_for: str | None = None) -> Record:
    return {"actor": actor, "name": "Theirs", "for": acts_for, "role": "host"}


def _claim(**content: Any) -> Record:
    said = {"external_id": "c", "stance": "affirms", "source": "paper", "paraphrase": "They met."}
    return {**said, "basis": "media-report", **content}


def _said(**content: Any) -> Record:
    return {"claims": {"items": [_claim(**content)], "more": None}}


def _referring(*sources: Record, actors: list[Record] | None = None) -> Record:
    return {**_said(source="daily"), "references": {"sources": sources, "actors": actors or []}}
