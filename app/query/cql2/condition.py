"""What each part of a filter is lowered to, and the values that it binds."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from app.query.cql2.ast import Property, Wrong, shown
from app.query.fields import Field
from app.query.table_view import View
from app.values.suggestions import did_you_mean

Where = Callable[[View], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of three values, true, false and not known, apart from what it binds."""

    shape: Hashable
    where: Where


@dataclass
class Lowering:
    """The fields that can be named, and the values bound so far, as `filter_1` and so on."""

    fields: Mapping[str, Field]
    aliases: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any) -> str:
        """Bind a value; its name."""
        name = f"filter_{len(self.values) + 1}"
        self.values[name] = value
        return name

    def field(self, node: Property) -> Field:
        """The field that is named; Wrong, with the nearest one, if there is none."""
        found = find_field(self.fields, self.aliases, node.name)
        if found is None:
            known = (*self.fields, *self.aliases)
            hint = did_you_mean(node.name, known)
            raise Wrong(node.place, f"unknown field {shown(node.name)}{hint}")
        return found


def find_field(fields: Mapping[str, Field], aliases: Mapping[str, str], name: str) -> Field | None:
    """The field of that name."""
    return fields.get(aliases.get(name, name))


def all_of(parts: Sequence[Condition]) -> Condition:
    """All of the conditions; of none it holds."""
    shape = ("and", *(part.shape for part in parts))
    return Condition(
        shape, lambda view: and_(true(), *(part.where(view).self_group() for part in parts))
    )


def any_of_them(parts: Sequence[Condition]) -> Condition:
    """One of the conditions; of none it does not hold."""
    shape = ("or", *(part.shape for part in parts))
    return Condition(
        shape, lambda view: or_(false(), *(part.where(view).self_group() for part in parts))
    )


def opposite(part: Condition) -> Condition:
    """False where the condition is true, true where it is false."""
    return Condition(("not", part.shape), lambda view: not_(part.where(view).self_group()))


def constant(holds: bool) -> Condition:
    """Always or never."""
    return Condition(holds, lambda view: true() if holds else false())
