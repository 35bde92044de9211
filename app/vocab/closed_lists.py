"""The closed lists: roles, relations, lifecycles, bases and the other words of fields."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from app.vocab.loader import DataRow, VocabularyDataError, index_rows, read_rows


@dataclass(frozen=True)
class ListTerm:
    """One value of a list; `properties` are specific to the list."""

    value: str
    label: str
    definition: str = ""
    properties: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class RoleDefinition:
    """A participant's role in an event; `bit` is its place in a stored set of roles."""

    role: str
    acts: bool
    bit: int
    label: str
    definition: str


@dataclass(frozen=True)
class RelationDefinition:
    """A relation of one event to another, read from the first and from the second."""

    relation: str
    label: str
    inverse: str
    definition: str


@cache
def get_roles() -> Mapping[str, RoleDefinition]:
    """Return every role by its name, in the order of the bits."""
    found = {
        value: _make_role(row) for value, row in index_rows(read_rows("roles.csv"), "role").items()
    }
    if sorted(role.bit for role in found.values()) != list(range(len(found))):
        raise VocabularyDataError("roles.csv: the bits must be 0 to n, each used once")
    return MappingProxyType(found)


def _make_role(row: DataRow) -> RoleDefinition:
    if not row["bit"].isdecimal():
        raise row.make_error(f"the bit {row['bit']!r} is not a number")
    return RoleDefinition(
        row["role"], row.read_flag("acts"), int(row["bit"]), row["label"], row["definition"]
    )


@cache
def get_acting_roles() -> frozenset[str]:
    """Return the roles whose holder takes part by an act of its own."""
    return frozenset(role.role for role in get_roles().values() if role.acts)


def encode_roles(held: Iterable[str]) -> int:
    """Return a set of roles as one number; raise KeyError for an unknown role."""
    bits = 0
    for role in held:
        bits |= 1 << get_roles()[role].bit
    return bits


@cache
def get_relations() -> Mapping[str, RelationDefinition]:
    """Return every relation by its name."""
    return MappingProxyType(
        {
            value: RelationDefinition(value, row["label"], row["inverse"], row["definition"])
            for value, row in index_rows(read_rows("relations.csv"), "relation").items()
        }
    )


@cache
def get_placed_precisions() -> frozenset[str]:
    """Return the precisions whose coordinates are a place on a map."""
    rows = read_rows("location_precisions.csv")
    return frozenset(row["precision"] for row in rows if row.read_flag("placed"))


@cache
def get_lists() -> Mapping[str, tuple[ListTerm, ...]]:
    """Return every closed list by its name, its values in display order."""
    found: dict[str, list[ListTerm]] = {}
    for row in index_rows(read_rows("lists.csv"), "list", "value").values():
        term = ListTerm(row["value"], row["label"], row["definition"])
        found.setdefault(row["list"], []).append(term)
    found["roles"] = [
        ListTerm(role.role, role.label, role.definition, {"acts": role.acts, "bit": role.bit})
        for role in get_roles().values()
    ]
    found["relations"] = [
        ListTerm(
            relation.relation, relation.label, relation.definition, {"inverse": relation.inverse}
        )
        for relation in get_relations().values()
    ]
    found["location-precisions"] = [
        ListTerm(value, row["label"], row["definition"], {"placed": row.read_flag("placed")})
        for value, row in index_rows(read_rows("location_precisions.csv"), "precision").items()
    ]
    return MappingProxyType({name: tuple(terms) for name, terms in found.items()})


def get_list_values(list_name: str) -> tuple[str, ...]:
    """Return the values of a closed list; raise KeyError for an unknown list."""
    return tuple(term.value for term in get_lists()[list_name])


CATEGORIES = get_list_values("categories")
ROLES = get_list_values("roles")
RELATIONS = get_list_values("relations")
LIFECYCLES = get_list_values("lifecycles")
VERIFICATIONS = get_list_values("verifications")
VERIFICATION_RULES = get_list_values("verification-rules")
STANCES = get_list_values("stances")
BASES = get_list_values("bases")
RELIABILITIES = get_list_values("reliabilities")
CREDIBILITIES = get_list_values("credibilities")
LOCATION_PRECISIONS = get_list_values("location-precisions")
DATE_PRECISIONS = get_list_values("date-precisions")
ACTOR_KINDS = get_list_values("actor-kinds")
SOURCE_KINDS = get_list_values("source-kinds")
VISIBILITIES = get_list_values("visibilities")
OPERATIONS = get_list_values("operations")
SCOPES = get_list_values("scopes")
SCHEMES = get_list_values("schemes")
