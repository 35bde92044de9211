"""Vocabularies as documents, and the copy of the event types in the database."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Text, bindparam, delete, insert, select, update

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.errors import Fault, Invalid, NotFound
from app.models.datasets import event_types as event_type_rows
from app.values.suggestions import did_you_mean
from app.vocab.catalog import get_list_terms, list_names
from app.vocab.code_lookup import UnknownCode, list_meanings
from app.vocab.countries import get_countries
from app.vocab.crosswalks import list_foreign_codes
from app.vocab.details.detail_types import get_details_schemas
from app.vocab.event_types import EventTypeDefinition, get_event_types
from app.vocab.organizations import get_organizations

VocabularyDocument = dict[str, Any]


def list_event_type_documents(categories: Iterable[str] | None = None) -> list[VocabularyDocument]:
    """Return every event type, or those of some categories, in display order."""
    wanted = None if categories is None else set(categories)
    return [
        _describe_event_type(event_type)
        for event_type in get_event_types().values()
        if wanted is None or event_type.category in wanted
    ]


def make_event_type_document(name: str) -> VocabularyDocument:
    """Return one event type with its details schema and crosswalk; raise NotFound."""
    known = get_event_types().get(name)
    if known is None:
        raise NotFound(
            f"there is no event type {name[:80]!r}{did_you_mean(name, get_event_types())}"
        )
    schema = get_details_schemas()[known.details] if known.details else None
    return {
        **_describe_event_type(known),
        "crosswalk": dict(list_foreign_codes(name)),
        "details_schema": schema,
    }


def list_vocabulary_documents() -> list[VocabularyDocument]:
    """Return the vocabularies in alphabetical order."""
    return [
        {"list": name, "size": len(get_list_terms(name)), "url": f"/v1/vocab/{name}"}
        for name in list_names()
    ]


def list_term_documents(list_name: str) -> list[VocabularyDocument]:
    """Return the values of a vocabulary in display order; raise NotFound."""
    if list_name not in list_names():
        hint = did_you_mean(list_name, list_names())
        raise NotFound(f"there is no list {list_name[:80]!r}{hint}")
    return [
        {
            "value": term.value,
            "label": term.label,
            "definition": term.definition,
            **term.properties,
        }
        for term in get_list_terms(list_name)
    ]


def list_meaning_documents(
    text: str, scheme: str | None, parameter: str
) -> list[VocabularyDocument]:
    """Return every meaning of a code or name; raise Invalid with suggestions."""
    try:
        readings = list_meanings(text, scheme)
    except UnknownCode as unknown:
        raise _make_unknown_code(str(unknown), "scheme" if scheme else parameter) from None
    if not readings:
        where = f"no scheme has {text!r}" if scheme is None else f"{scheme} has no {text!r}"
        raise _make_unknown_code(where + did_you_mean(text, _list_known_words()), parameter)
    return [
        {
            "scheme": meaning.scheme,
            "code": meaning.code,
            "kind": meaning.kind,
            "value": meaning.value,
            "label": meaning.label,
        }
        for meaning in readings
    ]


def seed_event_types(write: Transaction) -> int:
    """Update the database's copy of the event types; return the number of changes."""
    held = {row.type: row.category for row in write.connection.execute(select(event_type_rows))}
    wanted = {event_type.type: event_type.category for event_type in get_event_types().values()}
    new = [{"type": name, "category": wanted[name]} for name in wanted if name not in held]
    other = [
        {"of": name, "now": category}
        for name, category in wanted.items()
        if held.get(name, category) != category
    ]
    gone = sorted(held.keys() - wanted.keys())
    if new:
        write.connection.execute(insert(event_type_rows), new)
    if other:
        write.connection.execute(_UPDATE_CATEGORY, other)
    if gone:
        write.connection.execute(_DELETE_TYPES, {"gone": gone})
    return len(new) + len(other) + len(gone)


def _describe_event_type(each: EventTypeDefinition) -> VocabularyDocument:
    return {
        "type": each.type,
        "category": each.category,
        "label": each.label,
        "note": each.note or None,
        "details": each.details,
        "codes": {
            "cameo": each.cameo,
            "plover": each.plover,
            "acled": each.acled,
            "ucdp": each.ucdp,
        },
    }


def _list_known_words() -> list[str]:
    known = [word for country in get_countries().values() for word in (country.iso3, country.name)]
    known += [
        word
        for organization in get_organizations().values()
        for word in (organization.slug, organization.name)
    ]
    return [*known, *get_event_types()]


def _make_unknown_code(detail: str, parameter: str) -> Invalid:
    fault = Fault(code="unknown-code", detail=detail, parameter=parameter)
    return Invalid(f"{parameter}: {detail}", fault)


_UPDATE_CATEGORY = (
    update(event_type_rows)
    .where(event_type_rows.c.type == bindparam("of", type_=Text))
    .values(category=bindparam("now", type_=Text))
)
_DELETE_TYPES = delete(event_type_rows).where(any_of(event_type_rows.c.type, "gone"))
