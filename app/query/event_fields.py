"""Fields of events for filters, in addition to the parameters of their lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, func, literal_column, or_

from app.db.sql.json_sql import document_items, document_number, document_text, document_truth
from app.models.events import NO_FATALITIES, event_terms
from app.query.fields import (
    DAY,
    INSTANT,
    LIST,
    NUMBER,
    PLACE,
    SPAN,
    TEXT,
    TRUTH,
    ChildItems,
    ColumnReader,
    FilterField,
    ItemTest,
)
from app.query.table_view import TableView, is_made_by_known_day
from app.values.dates import OPEN_END, OPEN_START
from app.values.ids import HASH_BITS
from app.vocab.details import detail_paths
from app.vocab.details.detail_paths import list_details_paths

FIELD_ALIASES: Mapping[str, str] = {
    "participants": "actor",
    "roles": "role",
    "tags": "tag",
    "codes": "code",
    "sources": "source",
    "location.country": "country",
    "geometry": "location",
    "fatalities": "fatalities.best",
    "fatalities_best": "fatalities.best",
}


@dataclass(frozen=True)
class DocumentItems:
    """The items of a list in an event's document."""

    path: tuple[str, ...]

    def any(self, view: TableView, test: ItemTest) -> ColumnElement[bool]:
        """Test each item of the list."""
        items = document_items(view.select_document(), self.path).table_valued("value")
        held = test(items.c.value.cast(_TEXT))
        return items.select().where(held).correlate(view.table).exists()


@dataclass(frozen=True)
class SourceItems:
    """The sources of an event's claims; with `known_by`, of the claims made by then."""

    def any(self, view: TableView, test: ItemTest) -> ColumnElement[bool]:
        """Test the event's terms, which have no days, or with `known_by` its claims."""
        if view.known is None:
            return _SOURCES.any(view, test)

        def made_by_then(table: FromClause) -> ColumnElement[bool]:
            return is_made_by_known_day(table) & or_(test(table.c.source), test(table.c.origin))

        return view.has_claim(made_by_then)


def _read_column(name: str) -> ColumnReader:
    return lambda view: view.column(name)


def _read_earliest(view: TableView) -> ColumnElement[Any]:
    return view.column("order_key").op(">>")(_HASH_BITS)


def _read_path(path: tuple[str, ...], construct: Any) -> ColumnReader:
    return lambda view: construct(view.select_document(), path)


def _build_details_fields() -> Mapping[str, FilterField]:
    constructs = {
        detail_paths.TEXT: (TEXT, document_text),
        detail_paths.NUMBER: (NUMBER, document_number),
        detail_paths.BOOLEAN: (TRUTH, document_truth),
    }
    found = {}
    for below, (sort, steps) in list_details_paths().items():
        name, path = f"details.{below}", ("details", *steps)
        if sort in constructs:
            kind, construct = constructs[sort]
            found[name] = FilterField(name, kind, read=_read_path(path, construct))
        else:
            found[name] = FilterField(name, LIST, items=DocumentItems(path))
    return found


_TEXT = event_terms.c.term.type
_HASH_BITS: Any = literal_column(str(HASH_BITS), BigInteger)
_SOURCES = ChildItems(event_terms, "term", lambda table: table.c.kind == "source")
_TEXTS = ("summary", "date_precision", "location.name", "location.admin1", "location.precision")

EVENT_FIELDS: Mapping[str, FilterField] = {
    "title": FilterField("title", TEXT, read=_read_column("title")),
    "date": FilterField("date", SPAN, ends=(_read_earliest, _read_column("latest_day"))),
    "earliest_on": FilterField(
        "earliest_on", DAY, read=lambda view: func.nullif(_read_earliest(view), OPEN_START)
    ),
    "latest_on": FilterField(
        "latest_on", DAY, read=lambda view: func.nullif(view.column("latest_day"), OPEN_END)
    ),
    "created_at": FilterField("created_at", INSTANT, read=_read_column("created_at")),
    "updated_at": FilterField("updated_at", INSTANT, read=_read_column("updated_at")),
    "fatalities.best": FilterField(
        "fatalities.best",
        NUMBER,
        read=lambda view: func.nullif(view.column("fatalities_best"), NO_FATALITIES),
    ),
    "location": FilterField("location", PLACE),
    **{
        name: FilterField(name, TEXT, read=_read_path(tuple(name.split(".")), document_text))
        for name in _TEXTS
    },
    **_build_details_fields(),
}
