"""Conditions on an event's columns as plain data, for readers that evaluate them without SQL.

Every filter describes its condition so beside its SQL, or gives the reason why it cannot.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Operator = Literal["<", "<=", "=", "!=", ">=", ">"]


@dataclass(frozen=True, slots=True)
class IsAmong:
    """A column of text that equals one of the values."""

    column: str
    values: Collection[str]


@dataclass(frozen=True, slots=True)
class Compares:
    """A column of numbers that compares to the value."""

    column: str
    operator: Operator
    value: float


@dataclass(frozen=True, slots=True)
class HasBits:
    """A column of bits that has one of these."""

    column: str
    bits: int


@dataclass(frozen=True, slots=True)
class HasItem:
    """A list with one of the values: `actor`, `tag`, `code` or `source`.

    With `roles`, as bits, an actor counts only in one of these roles.
    """

    column: str
    values: Collection[str]
    roles: int = 0


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of the conditions; without any, every event."""

    conditions: "tuple[ColumnCondition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the conditions."""

    conditions: "tuple[ColumnCondition, ...]"


@dataclass(frozen=True, slots=True)
class NoMask:
    """A condition that columns cannot evaluate, so that the database counts; and the reason."""

    reason: str


ColumnCondition = IsAmong | Compares | HasBits | HasItem | AllOf | AnyOf

NOT_OF_EVENTS = NoMask("only events have columns")
