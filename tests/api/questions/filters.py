"""Filters in CQL2 from one seed: about the fields of an event at hand, so that they often hold."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import orjson

from app.values.dates import parse_date
from app.vocab.event_types import get_event_types
from tests.api.questions import material
from tests.api.questions.filtering import LISTS, SUMS, Tree, Written, text_of
from tests.api.questions.records import Event, sources_of
from tests.api.questions.spans import SPAN_FUNCTIONS

SPANS = tuple(SPAN_FUNCTIONS)
ARRAYS = ("a_contains", "a_containedBy", "a_equals", "a_overlaps")
PLACES = (
    *("s_intersects", "s_disjoint", "s_within", "s_touches") * 4,
    *("s_contains", "s_equals", "s_crosses", "s_overlaps"),
)
SIGNS = ("=", "<>", "<", "<=", ">", ">=")

POLYGONS: Sequence[Tree] = (
    {"type": "Polygon", "coordinates": [[[120, 30], [131, 30], [131, 43], [120, 43], [120, 30]]]},
    {
        "type": "Polygon",
        "coordinates": [[[170, -20], [190, -20], [190, -10], [180, -16.5], [170, -10], [170, -20]]],
    },
    {
        "type": "MultiPolygon",
        "coordinates": [
            [[[179, -20], [180, -20], [180, -10], [179, -10], [179, -20]]],
            [[[-180, -20], [-179, -20], [-179, -10], [-180, -10], [-180, -20]]],
        ],
    },
    {
        "type": "Polygon",
        "coordinates": [[[-180, 60], [180, 60], [180, 90], [-180, 90], [-180, 60]]],
    },
    {
        "type": "Polygon",
        "coordinates": [
            [[-10, -90], [10, -90], [10, 10], [-10, 10], [-10, -90]],
            [[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]],
        ],
    },
    {"type": "Polygon", "coordinates": [[[120, 33], [132, 45], [132, 33], [120, 33]]]},
    {"type": "Polygon", "coordinates": [[[-200, 0], [-160, 0], [-160, 70], [-200, 0]]]},
)
SHAPES: Sequence[Tree] = (
    *POLYGONS,
    {"bbox": [124, 37.5, 131, 43]},
    {"bbox": [170, -20, -170, -10]},
    {"type": "Point", "coordinates": [125.75, 39.03]},
    {"type": "Point", "coordinates": [180, -16.5]},
    {"type": "LineString", "coordinates": [[179, -16], [181, -18]]},
    {"type": "LineString", "coordinates": [[120, 32], [132, 44]]},
    {"type": "MultiPoint", "coordinates": [[0, 0], [126, 38]]},
)


def an_area(random: Random, event: Event) -> tuple[str, ...]:
    """A polygon as `within` takes it."""
    del event
    polygon = random.choice(POLYGONS)
    return (random.choice((text_of(polygon), orjson.dumps(polygon).decode())),)


def a_filter(random: Random, event: Event) -> tuple[str, ...]:
    """A filter, as text or as JSON."""
    tree = _tree(random, event, random.choice((0, 0, 1, 1, 2, 3)))
    if random.random() < 0.3:
        return (Written.of(tree, orjson.dumps(tree).decode()),)
    return (Written.of(tree, text_of(tree)),)


def _tree(random: Random, event: Event, depth: int) -> Tree:
    if depth == 0:
        return _call(random.choice(LEAVES)(random, event))
    parts = [_tree(random, event, depth - 1) for _ in range(random.choice((2, 2, 3)))]
    return _call(
        random.choice((("and", *parts), ("or", *parts), ("or", *parts), ("not", parts[0])))
    )


def _call(parts: Sequence[Tree]) -> Tree:
    return {"op": parts[0], "args": list(parts[1:])}


def _named(name: str) -> Tree:
    return {"property": name}


def _text(random: Random, event: Event) -> Sequence[Tree]:
    name, here, anywhere = random.choice(_texts(event))
    value = here if here is not None and random.random() < 0.6 else random.choice(anywhere)
    field = _named(name)
    kind = random.choice(("sign", "in", "like", "fold", "null", "between"))
    if kind == "null":
        return ("isNull", field)
    if kind == "like" or (kind in ("sign", "between") and name in LISTS):
        return ("like", field, _pattern(random, value))
    if kind == "fold":
        return _folded(random, field, value)
    if kind == "in":
        return ("in", field, [value, random.choice(anywhere)])
    if kind == "between":
        return ("between", field, *sorted((value, random.choice(anywhere)), key=str.encode))
    return (random.choice(SIGNS if name not in CLOSED else SIGNS[:2]), field, value)


def _folded(random: Random, field: Tree, value: str) -> Sequence[Tree]:
    names = random.choice((("casei",), ("accenti",), ("casei", "accenti")))
    value = random.choice((value, value.upper(), value.lower()))
    op = random.choice(("=", "<>", "like"))
    sides: list[Tree] = [field, _pattern(random, value) if op == "like" else value]
    for name in names:
        sides = [_call((name, side)) for side in sides]
    return (op, *sides)


def _pattern(random: Random, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    cut = random.randrange(len(value) + 1)
    start, rest = value[:cut], value[cut:]
    return random.choice((f"{start}%", f"%{rest}", f"{start}_{rest[1:]}", escaped, f"%{rest[:2]}%"))


CLOSED = ("type", "lifecycle", "verification", "category", "country", "dataset")


def _texts(event: Event) -> Sequence[tuple[str, str | None, Sequence[str]]]:
    content = event.content
    place = content["location"] or {}
    taking = content["participants"]
    return (
        ("type", content["type"], material.TYPES),
        ("lifecycle", content["lifecycle"], material.LIFECYCLES),
        ("category", get_event_types()[content["type"]].category, ("diplomacy", "military")),
        ("country", place.get("country"), (*material.STATES, "KP")),
        ("dataset", content["dataset"], (material.DESK, material.ARCHIVE)),
        ("external_id", content["external_id"], ("No. 1, a", "No. 7, é")),
        ("title", content["title"], material.TITLE_PARTS),
        ("title", content["title"], material.TITLE_PARTS),
        ("summary", content["summary"] or None, material.TITLE_PARTS),
        ("location.name", place.get("name"), ("Pyongyang", "平壌")),
        ("location.admin1", place.get("admin1"), ("Pyŏngan", "pyongan")),
        ("location.precision", place.get("precision"), ("exact", "city", "country")),
        ("date_precision", None, ("day", "month", "year")),
        ("verification", None, ("unverified", "alleged", "confirmed")),
        ("details.series", (content["details"] or {}).get("series"), ("kim", "none")),
        ("actor", taking[0]["actor"] if taking else None, (*material.STATES, "KP")),
        ("role", taking[0]["role"] if taking else None, material.ROLES),
        ("tag", content["tags"][0] if content["tags"] else None, material.TAGS),
        ("code", None, [f"{scheme}:{code}" for scheme, code in material.CODES]),
        ("source", next(iter(sorted(sources_of(event))), None), ("wire-a", "wire-b", "blog")),
    )


def _list(random: Random, event: Event) -> Sequence[Tree]:
    name, anywhere = random.choice(
        (
            ("actor", (*material.STATES[:3], "KP", "kim-jong-un")),
            ("role", material.ROLES),
            ("tag", material.TAGS),
            ("source", ("wire-a", "wire-b", "gov-prk", "coded")),
            ("details.agenda", ("trade", "peace")),
        )
    )
    here = [] if name == "details.agenda" else _here(name, event)
    here = here or [anywhere[0]]
    given = random.choice((here, [*here, random.choice(anywhere)], [*anywhere]))
    return (random.choice(ARRAYS), _named(name), given)


def _here(name: str, event: Event) -> list[str]:
    found: Mapping[str, Callable[[], Any]] = {
        "actor": lambda: [each["actor"] for each in event.content["participants"]],
        "role": lambda: [each["role"] for each in event.content["participants"]],
        "tag": lambda: event.content["tags"],
        "source": lambda: sorted(sources_of(event)),
    }
    return list(dict.fromkeys(found[name]()))


def _number(random: Random, event: Event) -> Sequence[Tree]:
    best = (event.content["fatalities"] or {}).get("best") or 0
    name, near = random.choice((("fatalities", best), ("details.ordinal", 3)))
    field: Tree = _named(name)
    value: Tree = near + random.choice((0, 0, 1, -1, 0.5))
    kind = random.choice(("sign", "sum", "in", "between", "null", "quotient"))
    if kind == "null":
        return ("isNull", field)
    if kind == "in":
        return ("in", field, [value, 5, 0])
    if kind == "between":
        return ("between", field, value - 2, value + random.choice((0, 3)))
    if kind == "sum":
        field = _call((random.choice(tuple(SUMS)), field, random.choice((2, 0.5, _named(name)))))
    if kind == "quotient":
        field = _call(("/", random.choice((1, _named("details.ordinal"))), field))
    return (random.choice(SIGNS), field, value)


def _time(random: Random, event: Event) -> Sequence[Tree]:
    parsed = parse_date(event.content["date"])
    known = [day.isoformat() for day in (parsed.earliest_on, parsed.latest_on) if day]
    first, last = sorted((random.choice([*known, "2024-06-18"]), random.choice(material.DAYS)))
    name = random.choice(("date", "date", "earliest_on", "latest_on"))
    kind = random.choice(("span", "span", "span", "sign", "instant", "null", "fields"))
    if kind == "null":
        return ("isNull", _named(name))
    if kind == "instant":
        moment = {"timestamp": _instant(event.state.updated_at + random.choice((-1, 0, 1)))}
        given = random.choice((moment, {"date": "2024-06-12"}))
        return (random.choice(SIGNS), _named(random.choice(("updated_at", "created_at"))), given)
    if kind == "sign":
        return (
            random.choice(SIGNS),
            _named(random.choice(("earliest_on", "latest_on"))),
            {"date": last},
        )
    if kind == "fields":
        return (
            random.choice(SPANS),
            _named("date"),
            _named(random.choice(("earliest_on", "latest_on"))),
        )
    ends = random.choice(([first, last], ["..", last], [first, ".."], [last, last]))
    fields = [{"property": "earliest_on"}, random.choice(("..", {"property": "latest_on"}))]
    spans: list[Tree] = [{"interval": ends}, {"interval": ends}, {"date": last}]
    spans += [{"timestamp": f"{last}T10:00:00Z"}, {"interval": [f"{first}T23:59:59Z", ".."]}]
    spans += [{"interval": fields}]
    given = random.choice(spans)
    return (random.choice(SPANS), *random.sample((_named(name), given), 2))


def _instant(at: int) -> str:
    seconds, micros = divmod(at - 1_718_150_400_000_000, 1_000_000)
    hours, rest = divmod(seconds, 3600)
    return f"2024-06-12T{hours:02}:{rest // 60:02}:{rest % 60:02}.{micros:06}Z"


def _place(random: Random, event: Event) -> Sequence[Tree]:
    del event
    if random.random() < 0.1:
        return ("isNull", _named("location"))
    sides = random.sample((_named("location"), random.choice(SHAPES)), 2)
    return (random.choice(PLACES), *sides)


def _id(random: Random, event: Event) -> Sequence[Tree]:
    """Compare the id, which is looked up whole: it has no order and no parts."""
    field, other = _named("id"), f"{event.id[:-4]}0000"
    return random.choice(
        (("=", field, event.id), ("<>", field, event.id), ("in", field, [event.id, other]))
    )


LEAVES = (_text, _text, _text, _list, _number, _time, _time, _place, _id)
