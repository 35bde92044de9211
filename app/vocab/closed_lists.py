"""The closed lists: roles, relations, lifecycles, bases and the other words a field may hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from app.vocab.loader import BadData, Row, keyed, read_rows


@dataclass(frozen=True)
class Term:
    """One value of a list; `properties` holds what only that list says of its values."""

    value: str
    label: str
    definition: str = ""
    properties: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Role:
    """What a participant does in an event; `bit` is its place in a stored set of roles."""

    role: str
    acts: bool
    bit: int
    label: str
    definition: str


@dataclass(frozen=True)
class Relation:
    """How one event stands to another, read from the first and from the second."""

    relation: str
    label: str
    inverse: str
    definition: str


@cache
def roles() -> Mapping[str, Role]:
    """Every role by its name, in the order of the bits."""
    found = {value: _role(row) for value, row in keyed(read_rows("roles.csv"), "role").items()}
    if sorted(role.bit for role in found.values()) != list(range(len(found))):
        raise BadData("roles.csv: the bits must be 0 to n, each used once")
    return MappingProxyType(found)


def _role(row: Row) -> Role:
    if not row["bit"].isdecimal():
        raise row.wrong(f"the bit {row['bit']!r} is not a number")
    return Role(row["role"], row.yes("acts"), int(row["bit"]), row["label"], row["definition"])


@cache
def acting_roles() -> frozenset[str]:
    """The roles whose holder takes part by an act of its own."""
    return frozenset(role.role for role in roles().values() if role.acts)


def role_bits(held: Iterable[str]) -> int:
    """A set of roles as one number; KeyError for a word that is no role."""
    bits = 0
    for role in held:
        bits |= 1 << roles()[role].bit
    return bits


@cache
def relations() -> Mapping[str, Relation]:
    """Every relation by its name."""
    return MappingProxyType(
        {
            value: Relation(value, row["label"], row["inverse"], row["definition"])
            for value, row in keyed(read_rows("relations.csv"), "relation").items()
        }
    )


@cache
def placed_precisions() -> frozenset[str]:
    """The precisions whose coordinates are a place on a map."""
    rows = read_rows("location_precisions.csv")
    return frozenset(row["precision"] for row in rows if row.yes("placed"))


@cache
def lists() -> Mapping[str, tuple[Term, ...]]:
    """Every closed list by its name, its values in the order they are shown."""
    found: dict[str, list[Term]] = {}
    for row in keyed(read_rows("lists.csv"), "list", "value").values():
        term = Term(row["value"], row["label"], row["definition"])
        found.setdefault(row["list"], []).append(term)
    found["roles"] = [
        Term(role.role, role.label, role.definition, {"acts": role.acts, "bit": role.bit})
        for role in roles().values()
    ]
    found["relations"] = [
        Term(each.relation, each.label, each.definition, {"inverse": each.inverse})
        for each in relations().values()
    ]
    found["location-precisions"] = [
        Term(value, row["label"], row["definition"], {"placed": row.yes("placed")})
        for value, row in keyed(read_rows("location_precisions.csv"), "precision").items()
    ]
    return MappingProxyType({name: tuple(terms) for name, terms in found.items()})


def values_of(list_name: str) -> tuple[str, ...]:
    """The bare values of a closed list; KeyError for a name that is no list."""
    return tuple(term.value for term in lists()[list_name])


CATEGORIES = values_of("categories")
ROLES = values_of("roles")
RELATIONS = values_of("relations")
LIFECYCLES = values_of("lifecycles")
VERIFICATIONS = values_of("verifications")
VERIFICATION_RULES = values_of("verification-rules")
STANCES = values_of("stances")
BASES = values_of("bases")
RELIABILITIES = values_of("reliabilities")
CREDIBILITIES = values_of("credibilities")
LOCATION_PRECISIONS = values_of("location-precisions")
DATE_PRECISIONS = values_of("date-precisions")
ACTOR_KINDS = values_of("actor-kinds")
SOURCE_KINDS = values_of("source-kinds")
VISIBILITIES = values_of("visibilities")
OPERATIONS = values_of("operations")
SCOPES = values_of("scopes")
SCHEMES = values_of("schemes")
