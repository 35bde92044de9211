"""Name keys: the keys by which actors and sources are found by similar names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Table, delete, exists, insert, select

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.models.actors import actors
from app.models.names import name_keys
from app.models.sources import sources
from app.query.names.name_candidates import HOST_PREFIX
from app.record.document import decode_document
from app.values.name_matching import make_lookup_keys, parse_host

RECORDS_PER_BATCH = 1000
NAMED_TABLES: Mapping[str, Table] = {"actor": actors, "source": sources}


def make_name_keys(document: Mapping[str, Any]) -> set[str]:
    """Return the name keys of a record with this document."""
    slug = str(document["slug"])
    keys = make_lookup_keys([document["name"], *document.get("aliases", ()), slug])
    hosts = (parse_host(text) for text in (document.get("url"), document["name"]) if text)
    return keys | {HOST_PREFIX + host for host in hosts if host}


def add_name_keys(write: Transaction, noun: str, documents: Iterable[Mapping[str, Any]]) -> None:
    """Add the name keys of new documents."""
    rows = [
        {"noun": noun, "key": key, "slug": document["slug"]}
        for document in documents
        for key in sorted(make_name_keys(document))
    ]
    if rows:
        write.connection.execute(insert(name_keys), rows)


def delete_name_keys(write: Transaction, noun: str, slugs: Iterable[str]) -> None:
    """Delete the name keys of the records."""
    statement = delete(name_keys).where(name_keys.c.noun == noun, any_of(name_keys.c.slug, "slugs"))
    write.connection.execute(statement, {"slugs": list(slugs)})


def add_missing_name_keys(write: Transaction) -> int:
    """Add the keys of records without any, as after a migration; return the number of records."""
    made = 0
    for noun, table in NAMED_TABLES.items():
        for documents in _load_unkeyed_documents(write, noun, table):
            add_name_keys(write, noun, documents)
            made += len(documents)
    return made


def _load_unkeyed_documents(
    write: Transaction, noun: str, table: Table
) -> Iterator[list[dict[str, Any]]]:
    known = exists().where(name_keys.c.noun == noun, name_keys.c.slug == table.c.slug)
    wanted = select(table.c.document).where(~known).order_by(table.c.slug).limit(RECORDS_PER_BATCH)
    while texts := list(write.connection.scalars(wanted)):
        yield [decode_document(text) for text in texts]
