"""What each part of a filter is lowered to, and the values that it binds."""

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
    """A condition of three values, true, false and not known, apart from what it binds."""

    shape: Hashable
    where: Where


@dataclass
class LoweringContext:
    """The fields that can be named, and the values bound so far, as `filter_1` and so on."""

    fields: Mapping[str, FilterField]
    aliases: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any) -> str:
        """Bind a value; its name."""
        name = f"filter_{len(self.values) + 1}"
        self.values[name] = value
        return name

    def get_field(self, node: Property) -> FilterField:
        """The field that is named; Wrong, with the nearest one, if there is none."""
        found = find_field(self.fields, self.aliases, node.name)
        if found is None:
            known = (*self.fields, *self.aliases)
            hint = did_you_mean(node.name, known)
            raise FilterError(node.place, f"unknown field {quote_word(node.name)}{hint}")
        return found


def find_field(
    fields: Mapping[str, FilterField], aliases: Mapping[str, str], name: str
) -> FilterField | None:
    """The field of that name."""
    return fields.get(aliases.get(name, name))


def combine_all(parts: Sequence[FilterCondition]) -> FilterCondition:
    """All of the conditions; of none it holds."""
    shape = ("and", *(part.shape for part in parts))
    return FilterCondition(
        shape, lambda view: and_(true(), *(part.where(view).self_group() for part in parts))
    )


def combine_any(parts: Sequence[FilterCondition]) -> FilterCondition:
    """One of the conditions; of none it does not hold."""
    shape = ("or", *(part.shape for part in parts))
    return FilterCondition(
        shape, lambda view: or_(false(), *(part.where(view).self_group() for part in parts))
    )


def negate(part: FilterCondition) -> FilterCondition:
    """False where the condition is true, true where it is false."""
    return FilterCondition(("not", part.shape), lambda view: not_(part.where(view).self_group()))


def make_constant(holds: bool) -> FilterCondition:
    """Always or never."""
    return FilterCondition(holds, lambda view: true() if holds else false())
