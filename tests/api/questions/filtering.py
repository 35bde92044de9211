"""CQL2 by looking at one event: what a tree of its JSON means, and the same written as text.

Three values: None is what is not known, as in SQL. Nothing of `app.query` is used.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from operator import add, eq, ge, gt, le, lt, mul, ne, sub
from typing import Any

import shapely
from shapely.geometry import shape

from app.values.dates import parse_date
from tests.api.questions.material import SPELLINGS
from tests.api.questions.spans import OPEN, holds_of_moments, is_moment

Tree = Any
Looked = Any
"""An event as `naive.Seen` has it."""

SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "<>": ne,
    "<": lt,
    ">": gt,
    "<=": le,
    ">=": ge,
}
NAMING = ("=", "<>")
"""Comparisons that treat a text as a name; all others compare its letters only."""

SUMS = {"+": add, "-": sub, "*": mul}
PLACED = {"exact", "city", "admin1"}
SPELT = {"actor", "country"}


class Written(str):
    """A filter as it is sent, and its tree."""

    tree: Tree

    @classmethod
    def of(cls, tree: Tree, text: str) -> "Written":
        """Keep the tree beside the text."""
        made = cls(text)
        made.tree = tree
        return made


def holds(tree: Tree, seen: Looked) -> bool | None:
    """Return whether the event satisfies the tree, if that is known."""
    if isinstance(tree, bool):
        return tree
    op, args = tree["op"], tree["args"]
    if op in ("and", "or"):
        return _joined(op, [holds(each, seen) for each in args])
    if op in REWRITTEN:
        return holds(REWRITTEN[op](args), seen)
    look = LOOKS.get(op[:2], LOOKS.get(op, _compared))
    return look(op, args, seen)


def _not(op: str, args: Sequence[Tree], seen: Looked) -> bool | None:
    del op
    return _opposite(holds(args[0], seen))


def _is_null(op: str, args: Sequence[Tree], seen: Looked) -> bool:
    del op
    return _value(args[0], seen) in (None, frozenset())


def _call(op: str, *args: Tree) -> Tree:
    return {"op": op, "args": list(args)}


REWRITTEN: Mapping[str, Callable[[Sequence[Tree]], Tree]] = {
    "between": lambda args: _call(
        "and", _call(">=", args[0], args[1]), _call("<=", args[0], args[2])
    ),
    "in": lambda args: _call("or", *(_call("=", args[0], each) for each in args[1])),
}


def _joined(op: str, parts: Sequence[bool | None]) -> bool | None:
    deciding = op == "or"
    if deciding in parts:
        return deciding
    return None if None in parts else not deciding


def _opposite(part: bool | None) -> bool | None:
    return None if part is None else not part


def _compared(op: str, args: Sequence[Tree], seen: Looked) -> bool | None:
    if any(map(is_moment, args)):
        return _of_spans(op, args, seen)
    left, right = (_value(each, seen, args if op in NAMING else ()) for each in args)
    if isinstance(left, frozenset) and op == "<>":
        return right not in left
    if isinstance(left, frozenset):
        return any(_test(op, each, right) for each in left)
    if left is None or right is None:
        return None
    return _test(op, left, right)


def _test(op: str, left: Any, right: Any) -> bool:
    if op == "like":
        return re.fullmatch(_regex(right), left, re.DOTALL) is not None
    if isinstance(left, str):
        left, right = left.encode(), right.encode()
    return SIGNS[op](left, right)


def _regex(pattern: str) -> str:
    wild = {"%": ".*", "_": "."}
    parts = re.findall(r"\\[%_\\]|.", pattern, re.DOTALL)
    return "".join(wild[part] if part in wild else re.escape(part[-1]) for part in parts)


def _value(tree: Tree, seen: Looked, beside: Sequence[Tree] = ()) -> Any:
    """A text, a number, a truth, a set of texts; None if not known."""
    if isinstance(tree, str):
        named = {each.get("property") for each in beside if isinstance(each, dict)}
        return SPELLINGS.get(tree, tree) if named & SPELT else tree
    if not isinstance(tree, dict):
        return tree
    if "op" not in tree:
        return field(tree["property"], seen)
    args = [_value(each, seen) for each in tree["args"]]
    return _reckoned(tree["op"], args)


def _reckoned(op: str, args: Sequence[Any]) -> Any:
    if op in FOLDS:
        return _folded(FOLDS[op], args[0])
    if None in args or (op == "/" and abs(args[1]) < 1e-9):
        return None
    return args[0] / args[1] if op == "/" else SUMS[op](*map(float, args))


def _folded(fold: Callable[[str], str], value: Any) -> Any:
    if isinstance(value, frozenset):
        return frozenset(map(fold, value))
    return None if value is None else fold(value)


def _without_case(text: str) -> str:
    return "".join(_single(letter, letter.casefold(), letter.lower()) for letter in text)


def _single(letter: str, *others: str) -> str:
    return next((other for other in others if len(other) == 1), letter)


def _without_accents(text: str) -> str:
    kept = []
    for letter in text:
        base, *marks = list(unicodedata.normalize("NFD", letter))
        plain = {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O"}.get(letter, letter)
        kept.append(base if marks and all("\u0300" <= mark < "\u0370" for mark in marks) else plain)
    return "".join(letter for letter in kept if not "\u0300" <= letter < "\u0370")


FOLDS = {"casei": _without_case, "accenti": _without_accents}


def field(name: str, seen: Looked) -> Any:
    """Return the value of that name in the event."""
    if name in LISTS:
        return frozenset(LISTS[name](seen))
    if name in FIELDS:
        return FIELDS[name](seen)
    found = seen.document
    for step in ("location", name) if name == "country" else name.split("."):
        found = (found or {}).get(step)
    return found


def _a_day(seen: Looked, end: str) -> Any:
    day = getattr(parse_date(seen.event.content["date"]), end)
    return None if day in OPEN["day"] else ("day", day, day)


def _an_instant(seen: Looked, name: str) -> Any:
    at = getattr(seen.event.state, name)
    return ("micros", at, at)


def _a_span(seen: Looked) -> Any:
    found = parse_date(seen.event.content["date"])
    return ("day", found.earliest_day, found.latest_day)


def _dot(seen: Looked) -> tuple[float, float] | None:
    place = seen.event.content["location"]
    if place is None or place["precision"] not in PLACED or place["longitude"] is None:
        return None
    return place["longitude"], place["latitude"]


FIELDS: Mapping[str, Callable[[Looked], Any]] = {
    "date": _a_span,
    "earliest_on": lambda seen: _a_day(seen, "earliest_day"),
    "latest_on": lambda seen: _a_day(seen, "latest_day"),
    "created_at": lambda seen: _an_instant(seen, "created_at"),
    "updated_at": lambda seen: _an_instant(seen, "updated_at"),
    "fatalities": lambda seen: seen.best,
    "location": _dot,
}
LISTS: Mapping[str, Callable[[Looked], Any]] = {
    "actor": lambda seen: (
        actor
        for each in seen.event.content["participants"]
        for actor in (each["actor"], each["for"])
        if actor
    ),
    "role": lambda seen: (each["role"] for each in seen.event.content["participants"]),
    "tag": lambda seen: seen.event.content["tags"],
    "code": lambda seen: (
        f"{scheme}:{code}" for scheme, code in seen.event.content["codes"].items()
    ),
    "source": lambda seen: (
        slug
        for claim in seen.claims
        for slug in (claim.content["source"], claim.content["origin"])
        if slug
    ),
    "details.agenda": lambda seen: (seen.event.content["details"] or {}).get("agenda") or (),
}


def _of_lists(op: str, args: Sequence[Tree], seen: Looked) -> bool:
    here, given = field(args[0]["property"], seen), frozenset(args[1])
    if args[0]["property"] == "actor":
        given = frozenset(SPELLINGS.get(each, each) for each in given)
    found: Mapping[str, bool] = {
        "a_contains": here >= given,
        "a_containedBy": here <= given,
        "a_equals": here == given,
        "a_overlaps": bool(here & given),
    }
    return found[op]


def _of_spans(op: str, args: Sequence[Tree], seen: Looked) -> bool | None:
    return holds_of_moments(op, args, lambda name: field(name, seen))


def _of_places(op: str, args: Sequence[Tree], seen: Looked) -> bool | None:
    """Return the place and the geometry it is compared with, in either order of arguments."""
    if "property" not in args[0]:
        return _of_places(TURNED.get(op, op), args[::-1], seen)
    dot = _dot(seen)
    if dot is None:
        return None
    if op in NEVER:
        return False
    touched, inside = lies_in(args[1], *dot)
    return {
        "s_intersects": touched,
        "s_disjoint": not touched,
        "s_within": inside,
        "s_touches": touched and not inside,
        "s_contains": touched and args[1].get("type") == "Point",
        "s_equals": touched and args[1].get("type") == "Point",
    }[op]


TURNED = {"s_within": "s_contains", "s_contains": "s_within"}
NEVER = {"s_crosses", "s_overlaps"}
"""Return False: a point does none of this."""

LOOKS: Mapping[str, Callable[[str, Sequence[Tree], Looked], bool | None]] = {
    "not": _not,
    "isNull": _is_null,
    "a_": _of_lists,
    "t_": _of_spans,
    "s_": _of_places,
}


BOX = {4: (0, 1, 2, 3), 6: (0, 1, 3, 4)}
"""The places of a box's sides, without heights and with them."""


def lies_in(given: Tree, longitude: float, latitude: float) -> tuple[bool, bool]:
    """Return whether the point is in the geometry or on its edge, and whether it is in it."""
    if "bbox" in given:
        west, south, east, north = (given["bbox"][place] for place in BOX[len(given["bbox"])])
        whole = shapely.box(west, south, east + 360 * (west > east), north)
    else:
        whole = shape(given)
    parts = list(shapely.get_parts(whole))
    dots = [shapely.Point(longitude + turn, latitude) for turn in (-720, -360, 0, 360, 720)]
    touched = any(part.intersects(dot) for part in parts for dot in dots)
    inside = any(part.contains(dot) for part in parts for dot in dots)
    at_pole = abs(latitude) == 90 and any(
        latitude in (point[1] for point in shapely.get_coordinates(part)) for part in parts
    )
    return touched or at_pole, inside


def text_of(tree: Tree) -> str:
    """The tree as CQL2 text."""
    if isinstance(tree, dict):
        return _call_text(tree) if "op" in tree else _literal_text(tree)
    if isinstance(tree, str):
        return "'" + tree.replace("'", "''") + "'"
    if isinstance(tree, list):
        return f"({', '.join(map(text_of, tree))})"
    return str(tree).upper() if isinstance(tree, bool) else repr(tree)


def _call_text(tree: Mapping[str, Any]) -> str:
    op, args = tree["op"], [text_of(each) for each in tree["args"]]
    if op in ("and", "or", *SUMS, "/"):
        return "(" + f" {op.upper()} ".join(args) + ")"
    if op in SIGNS or op in ("in", "like"):
        return f"{args[0]} {op.upper()} {args[1]}"
    form = {"not": "NOT ({})", "isNull": "{} IS NULL", "between": "{} BETWEEN {} AND {}"}
    return form.get(op, f"{op}({', '.join(['{}'] * len(args))})").format(*args)


def _literal_text(tree: Mapping[str, Any]) -> str:
    if "property" in tree:
        return str(tree["property"])
    if "interval" in tree:
        return f"INTERVAL({', '.join(map(text_of, tree['interval']))})"
    if "bbox" in tree:
        return f"BBOX({', '.join(map(str, tree['bbox']))})"
    for word in ("date", "timestamp"):
        if word in tree:
            return f"{word.upper()}({text_of(tree[word])})"
    return str(shape(tree).wkt)
