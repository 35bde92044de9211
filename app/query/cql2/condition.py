"""Conditions of a lowered filter, and the values that they bind."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from app.query.cql2.ast import FilterError, Property, quote_word
from app.query.fields import FilterField
from app.query.table_view import TableView
from app.values.suggestions import did_you_mean

Where = Callable[[TableView], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class FilterCondition:
    """A condition with three values (true, false, unknown), without the values that it binds."""

    shape: Hashable
    where: Where


@dataclass
class LoweringContext:
    """The fields of a filter, and the values bound so far, as `filter_1` and so on."""

    fields: Mapping[str, FilterField]
    aliases: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any) -> str:
        """Bind a value, and return its name."""
        name = f"filter_{len(self.values) + 1}"
        self.values[name] = value
        return name

    def get_field(self, node: Property) -> FilterField:
        """Return the field that a node names; raise FilterError if it is unknown."""
        found = find_field(self.fields, self.aliases, node.name)
        if found is None:
            known = (*self.fields, *self.aliases)
            hint = did_you_mean(node.name, known)
            raise FilterError(node.place, f"unknown field {quote_word(node.name)}{hint}")
        return found


def find_field(
    fields: Mapping[str, FilterField], aliases: Mapping[str, str], name: str
) -> FilterField | None:
    """Return the field of a name or an alias; None if there is no such field."""
    return fields.get(aliases.get(name, name))


def combine_all(parts: Sequence[FilterCondition]) -> FilterCondition:
    """Join conditions by AND; without any the result is true."""
    shape = ("and", *(part.shape for part in parts))
    return FilterCondition(
        shape, lambda view: and_(true(), *(part.where(view).self_group() for part in parts))
    )


def combine_any(parts: Sequence[FilterCondition]) -> FilterCondition:
    """Join conditions by OR; without any the result is false."""
    shape = ("or", *(part.shape for part in parts))
    return FilterCondition(
        shape, lambda view: or_(false(), *(part.where(view).self_group() for part in parts))
    )


def negate(part: FilterCondition) -> FilterCondition:
    """Negate a condition; unknown stays unknown."""
    return FilterCondition(("not", part.shape), lambda view: not_(part.where(view).self_group()))


def make_constant(holds: bool) -> FilterCondition:
    """Make a condition that is always true, or always false."""
    return FilterCondition(holds, lambda view: true() if holds else false())
