"""Hostile filters: no 5xx, and no row or word of a private dataset, whatever is asked.

ANNALS_TEST_HOSTILE sets how many there are on each database, ANNALS_TEST_SEED another seed.
"""

import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from tests.api.desk import DATABASES, Desk, open_desk

SEED = int(os.environ.get("ANNALS_TEST_SEED", "20240618"))
CASES = int(os.environ.get("ANNALS_TEST_HOSTILE", "300"))
SECRET = "quicksilver"
LONGEST_URL = 15_000

FIELDS = (
    "type", "category", "country", "actor", "role", "tag", "code", "source", "dataset", "id",
    "lifecycle", "verification", "external_id", "title", "summary", "date", "earliest_on",
    "latest_on", "created_at", "updated_at", "location", "fatalities", "location.name",
    "details.delivered", "details.count", "details.outcome", "details.agenda", "participants",
    "details.delivery_years", "details.ordered.estimated", "details.range_km", "details",
    "granted", "words", "document", "from_position", "is_private", "events.dataset", "*", "",
    "details.a'b", 'a"b', "order_key", "Type", "q", "since", "filter", "as_of",
)  # fmt: skip
VALUES: Sequence[Any] = (
    0, 1, -1, 0.5, 1e15, -1e15, 1e-15, 1e300, 1e999, 2**63, 10**400, True, False, None, "", "a",
    "summit", "PRK", "vault", SECRET, f"{SECRET}%", "%", "_", "%%%%%%%%a", "%a" * 40, "\\", "\\%",
    "'", "''", "\"", "';--", "' OR 1=1 --", "'); DROP TABLE events; --", "$1", ":filter_1", "?",
    "2024-06-18", "2024-13-45", "..", "9999-12-31", "0001-01-01", "2024-06-18T10:00:00Z",
    "é", "e\u0301", "\U0001f680", "\u202e", "ß", "İ", "\ufffd", "\x7f", "NaN", "Infinity",
    "00000000-0000-0000-0000-000000000000", "[a-z]", "*", "a" * 3000, "{}", "[]",
)  # fmt: skip
SHAPES = (
    "POINT(125.75 39.03)", "POINT(0 90)", "POINT(180 -90)", "POINT(1e308 1)", "POINT EMPTY",
    "POINT(361 0)", "BBOX(-180,-90,180,90)", "BBOX(10,10,-10,20)", "BBOX(0,0,0,0)", "BBOX(1,2)",
    "POLYGON((0 0,1 1,0 1,1 0,0 0))", "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))",
    "POLYGON((-360 -90,0 90,0 -90,-360 -90))", "POLYGON((0 0,360 90,360 -90,0 0))",
    "LINESTRING(-360 -90,360 90)", "LINESTRING(0 0,0 0)", "LINESTRING(0 0)",
    "GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1),POLYGON((0 0,1 0,1 1,0 0)))",
    "MULTIPOINT((1 1),(2 2))", "MULTIPOINT(1 1,2 2)", "POLYGON((0 0,1e-9 0,0 1e-9,0 0))",
    "POLYGON((179.9999999 0,180.0000001 0,180 1,179.9999999 0))",
)  # fmt: skip
OPERATORS = (
    "=", "<>", "<", ">", "<=", ">=", "LIKE", "IN", "+", "-", "*", "/", "%", "div", "^", "AND",
    "OR", "==", "!=", "||", ";", "IS", "BETWEEN",
)  # fmt: skip
FUNCTIONS = (
    "casei", "accenti", "a_contains", "a_containedby", "a_equals", "a_overlaps", "s_intersects",
    "s_within", "s_disjoint", "s_touches", "s_contains", "s_equals", "s_crosses", "s_overlaps",
    "t_after", "t_before", "t_during", "t_meets", "t_intersects", "t_overlaps", "t_equals",
    "pg_sleep", "load_extension", "randomblob", "date", "timestamp", "interval", "bbox", "version",
)  # fmt: skip


class Maker:
    """Makes filters: some right, most nearly so, some nothing like one."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.is_right = True

    def next(self) -> str:
        """The next filter."""
        pick = self.random.random()
        self.is_right = pick < 0.45
        if pick < 0.55:
            return self.text(self.random.randint(0, 4))
        if pick < 0.75:
            return self.json_text(self.tree(self.random.randint(0, 4)))
        if pick < 0.9:
            return self.broken(self.text(self.random.randint(0, 3)))
        return self.random.choice((self.noise, self.deep, self.long))()

    def text(self, depth: int) -> str:
        """CQL2 text."""
        if depth == 0:
            return self.leaf()
        parts = [self.text(depth - 1) for _ in range(self.random.choice((1, 2, 2, 3)))]
        forms = ("({})", "NOT ({})", "{}", "({}) IS NULL", "casei({})")
        form = self.random.choice(forms[: 2 if self.is_right else 5])
        joints = ("AND", "OR", "AND", "OR", "=")[: 4 if self.is_right else 5]
        return form.format(f" {self.random.choice(joints)} ".join(parts))

    def leaf(self) -> str:
        """A comparison, or a call."""
        random = self.random
        if self.is_right:
            return random.choice((self.of_texts, self.of_numbers, self.of_others))()
        makes: Sequence[Callable[[], str]] = (
            lambda: f"{self.operand()} {random.choice(OPERATORS)} {self.operand()}",
            lambda: f"{self.field()} {random.choice(OPERATORS[:7])} {self.value()}",
            lambda: f"{self.field()} {random.choice(('IN', 'NOT IN'))} {self.array()}",
            lambda: f"{self.field()} BETWEEN {self.operand()} AND {self.operand()}",
            lambda: f"{self.field()} IS {random.choice(('', 'NOT '))}NULL",
            lambda: f"{random.choice(FUNCTIONS)}({self.field()}, {self.argument()})",
            lambda: f"{random.choice(FUNCTIONS)}({self.argument()}, {self.field()})",
            lambda: f"s_within(location, {random.choice(SHAPES)})",
            lambda: f"{self.operand()} * {self.operand()} / {self.operand()} > {self.value()}",
            lambda: f"casei({self.field()}) LIKE casei({self.value()})",
        )
        return random.choice(makes)()

    def of_texts(self) -> str:
        """A text compared as one can be."""
        random = self.random
        value = "''"
        while not ("'" in value and len(value) > 2 and "-13-" not in value):
            value = self.value()
        names = ("title", "summary", "location.name", "details.outcome", "details.vehicle")
        field, sign = random.choice(names), random.choice(OPERATORS[:7])
        fold = random.choice(("casei", "accenti"))
        return random.choice(
            (
                f"{field} {sign} {value}",
                f"{field} IN ({value}, 'x')",
                f"{random.choice(('tag', 'title', 'details.agenda'))} LIKE {value}",
                f"{fold}({field}) {random.choice(('=', '<>', 'LIKE'))} {fold}({value})",
                f"{random.choice(FUNCTIONS[2:6])}(details.agenda, ({value}, 'a'))",
                f"{field} IS NULL",
            )
        )

    def of_numbers(self) -> str:
        """Generate arithmetic and comparisons of numbers."""
        random = self.random
        names: tuple[str, ...] = (
            "fatalities",
            "details.delivered",
            "details.count",
            "details.range_km",
            "2",
            "-1",
        )
        names += ("0", "1e-15", "1e15", "0.1", "1e300")[: random.choice((3, 4, 4, 4, 5))]
        parts = [random.choice(names) for _ in range(random.randint(1, 6))]
        while len(parts) > 1:
            parts[:2] = [f"({parts[0]} {random.choice('+-*/')} {parts[1]})"]
        return f"{parts[0]} {random.choice(OPERATORS[:6])} {random.choice(names)}"

    def of_others(self) -> str:
        """Times and places."""
        random = self.random
        day = random.choice(("2024-06-18", "9999-12-31", "0001-01-01"))
        last = random.choice((day, "9999-12-31", ".."))
        name = random.choice(("date", "earliest_on", "latest_on", "INTERVAL(earliest_on, '..')"))
        shape = random.choice([each for each in SHAPES if "1e308" not in each])
        return random.choice(
            (
                f"{random.choice(FUNCTIONS[14:21])}({name}, INTERVAL('{day}', '{last}'))",
                f"{random.choice(FUNCTIONS[14:21])}(DATE('{day}'), {name})",
                f"updated_at {random.choice(OPERATORS[:6])} DATE('{day}')",
                f"{random.choice(FUNCTIONS[6:14])}(location, {shape})",
                f"{random.choice(FUNCTIONS[6:14])}({random.choice(SHAPES[:3])}, location)",
                "location IS NULL",
            )
        )

    def field(self) -> str:
        """Generate the name of a field, or a name that no field has."""
        return self.random.choice(FIELDS)

    def value(self) -> str:
        """A value as text has it."""
        value = self.random.choice(VALUES)
        if isinstance(value, str):
            return "'" + value.replace("'", "''") + "'"
        return str(value)

    def operand(self) -> str:
        """A field, a value, or a call of something."""
        pick = self.random.random()
        if pick < 0.15:
            return f"{self.random.choice(FUNCTIONS)}({self.argument()})"
        return self.field() if pick < 0.6 else self.value()

    def argument(self) -> str:
        """Generate arguments of a function."""
        ends = f"INTERVAL({self.value()}, {self.value()})"
        others = (self.value(), self.field(), self.array(), self.random.choice(SHAPES), ends)
        return self.random.choice((*others, f"DATE({self.value()})", f"TIMESTAMP({self.value()})"))

    def array(self) -> str:
        """A list."""
        return f"({', '.join(self.value() for _ in range(self.random.randint(0, 4)))})"

    def tree(self, depth: int) -> Any:
        """CQL2 JSON."""
        random = self.random
        if depth == 0:
            members: Sequence[Any] = (
                {"property": self.field()}, random.choice(VALUES), list(VALUES[:3]),
                {"date": random.choice(VALUES)}, {"timestamp": random.choice(VALUES)},
                {"interval": [random.choice(VALUES), ".."]}, {"bbox": [0, 0, 1, 1]},
                {"type": "Point", "coordinates": [random.choice(VALUES), 1]}, {"a": 1}, {},
                {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
            )  # fmt: skip
            return random.choice((*members, {"property": self.field()}, random.choice(VALUES)))
        names = (*OPERATORS, *FUNCTIONS, "and", "or", "not", "isNull", "like", "between", "in")
        args = [self.tree(depth - 1) for _ in range(random.choice((1, 2, 2, 2, 3)))]
        return {"op": random.choice((*names, "=", "and", "or")), "args": args}

    @staticmethod
    def json_text(tree: Any) -> str:
        """The tree as JSON; what orjson does not write is written as it would be."""
        try:
            return orjson.dumps(tree).decode()
        except TypeError:
            return str(tree).replace("'", '"').replace("True", "true").replace("None", "null")

    def broken(self, text: str) -> str:
        """A text with letters taken out, doubled or put in."""
        letters = list(text)
        for _ in range(self.random.randint(1, 4)):
            place = self.random.randrange(len(letters) + 1)
            letters[place : place + self.random.choice((0, 1, 1, 5))] = self.random.choice(
                ("", "'", '"', "(", ")", ",", "\\", "\n", "\u0301", " AND ", "--", "{", "é", "\x01")
            )
        return "".join(letters)

    def noise(self) -> str:
        """Letters of every kind."""
        codes = [self.random.choice((0x20, 0x27, 0x28, 0x29, 0x3D, 0x22)) for _ in range(9)]
        codes += [self.random.randint(1, 0xD7FF) for _ in range(self.random.randint(0, 40))]
        self.random.shuffle(codes)
        return "".join(map(chr, codes))

    def deep(self) -> str:
        """Brackets in brackets."""
        number = self.random.choice((5, 19, 20, 21, 60, 1500))
        begin, end = self.random.choice(
            (
                ("(", ")"),
                ("NOT (", ")"),
                ("casei(", ")"),
                ("[", "]"),
                ("-", ""),
                ("1+(", ")"),
                ('{"op":"not","args":[', "]}"),
                ("(title = 'a' OR NOT ", ")"),
                ("NOT ", ""),
                ("(details.count > 1 AND (tag = 'x' OR ", "))"),
            )
        )
        return (begin * number + self.leaf() + end * number)[:LONGEST_URL]

    def long(self) -> str:
        """Many of the same, or of different ones."""
        number = self.random.choice((20, 120, 400))
        same = self.leaf()
        parts = [same if self.random.random() < 0.5 else self.leaf() for _ in range(number)]
        return self.random.choice((" OR ", " AND ", " + ", ", ")).join(parts)[:LONGEST_URL]


@pytest.fixture(params=DATABASES)
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with public events, and a private one that has the secret everywhere."""
    async with open_desk(request, tmp_path) as opened:
        await opened.dataset("public", "desk")
        await opened.dataset("private", "vault")
        await opened.event(
            "desk",
            type="arms-transfer",
            title="Ärger in Łódź 50%",
            participants=[{"actor": "PRK", "role": "supplier"}],
            details={"delivered": {"value": 120}, "delivery_years": [2024]},
            location={"longitude": 125.75, "latitude": 39.03, "precision": "exact"},
            tags=["a"],
        )
        await opened.event("desk", type="missile-test", details={"range_km": 5e-324, "count": 0})
        await opened.actor(SECRET, dataset="vault")
        hidden = await opened.event(
            "vault",
            title=f"The {SECRET} affair",
            tags=[SECRET],
            external_id=SECRET,
            participants=[{"actor": SECRET, "role": "host"}],
        )
        await opened.claim(hidden, paraphrase=SECRET)
        yield opened


async def test_hostile_filters(desk: Desk) -> None:
    """Every filter is answered or refused, and the secret is not revealed."""
    maker = Maker(SEED)
    answers: Counter[int] = Counter()
    for number in range(CASES):
        text = maker.next()
        path = ("/v1/events", "/v1/count")[number % 2]
        answer = await desk.ask(f"GET {path}?filter={quote(text)}", key=None)
        answers[answer.status_code] += 1
        told = f"seed {SEED}, number {number}: {text!r} is {answer.status_code}: {answer.text}"
        assert answer.status_code in {200, 422}, told
        if answer.status_code == 200:
            assert SECRET not in answer.text, told
        if path == "/v1/count" and answer.status_code == 200:
            assert answer.json()["value"] <= 2, told
    assert min(answers[200], answers[422]) > CASES / 10, f"seed {SEED}: {answers}"


NO_TEXT = ("%00", "a=%27a%00%27", "%ff", "%ed%a0%80", "type=%27a%27&filter=true", "")


async def test_what_is_no_text_is_refused(desk: Desk) -> None:
    for sent in NO_TEXT:
        answer = await desk.ask(f"GET /v1/events?filter={sent}", key=None)
        assert answer.status_code == 422, sent
        assert answer.json()["errors"][0]["parameter"] == "filter", sent
