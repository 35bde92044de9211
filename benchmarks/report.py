"""The report: a table, JSON and a chart."""

import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from math import log10
from pathlib import Path

from benchmarks.measure import Figure
from benchmarks.sections import Section

NAMES = {"f": "(f) bare", "m": "(m) our edge", "ours": "ours", "n": "(n) plain way"}
TARGETS = {
    ("sqlite", "get"): (0.25, 12),
    ("sqlite", "page"): (0.09, 18),
    ("postgresql", "get"): (0.12, 7),
    ("postgresql", "page"): (0.07, 13),
}
"""By database and operation, in CPU: at least this share of (f), this many times (n)."""

COLOURS = {"f": "#9ecae1", "m": "#4292c6", "ours": "#08519c", "n": "#fb6a4a"}
WIDTH, ROW, LEFT, RIGHT = 900, 18, 250, 120


@dataclass(frozen=True)
class Results:
    """The figures of one database."""

    database: str
    events: int
    figures: Sequence[Figure]

    def operations(self) -> Iterator[tuple[str, dict[str, Figure]]]:
        """Return the figures of each operation by server."""
        for name in dict.fromkeys(figure.operation for figure in self.figures):
            yield name, {each.server: each for each in self.figures if each.operation == name}


def as_table(results: Results) -> str:
    """Format the figures of one database as text."""
    lines = [
        f"{results.database}, {results.events:,} events",
        f"{'operation':<32}{'server':<15}{'CPU µs':>9}{'± %':>6}{'database µs':>13}"
        f"{'requests/s':>12}{'bytes':>9}{'of (f)':>9}{'× (n)':>8}",
    ]
    for name, by_server in results.operations():
        lines += [_format_line(figure, by_server) for figure in by_server.values()]
        target = TARGETS.get((results.database, name))
        if target is not None:
            lines.append(f"{'':<32}{'to reach':<15}{target[0]:>58.2f}{target[1]:>8.1f}")
        lines.append("")
    return "\n".join(lines).rstrip()


def _format_line(figure: Figure, by_server: Mapping[str, Figure]) -> str:
    of_bare = by_server["f"].server_us / figure.server_us
    plain = by_server.get("n")
    times = f"{plain.server_us / figure.server_us:>8.1f}" if plain else f"{'':>8}"
    database = f"{figure.database_us:>13.0f}" if figure.database_us else f"{'':>13}"
    return (
        f"{figure.title:<32}{NAMES[figure.server]:<15}{figure.server_us:>9.0f}"
        f"{figure.spread * 50:>6.0f}{database}{figure.rate:>12,.0f}{figure.body_bytes:>9,}"
        f"{of_bare:>9.2f}{times}"
    )


def write_all(results: Sequence[Results], sections: Sequence[Section], folder: Path) -> None:
    """Write `results.txt`, `results.json`, and if requests were measured `results.svg`."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = [*map(as_table, results), *(each.as_text() for each in sections)]
    (folder / "results.txt").write_text("\n\n".join(texts) + "\n", encoding="utf-8")
    document = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "results": [asdict(each) for each in results],
        "sections": [each.as_json() for each in sections],
    }
    (folder / "results.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if results:
        (folder / "results.svg").write_text(as_picture(results), encoding="utf-8")


def as_picture(results: Sequence[Results]) -> str:
    """Draw bars of CPU per request on a logarithmic scale."""
    figures = [figure for each in results for figure in each.figures]
    most = max(figure.server_us for figure in figures) * 1.2
    least = min(figure.server_us for figure in figures) / 1.5
    parts: list[str] = []
    y = 30
    for each in results:
        parts.append(_draw_text(10, y, f"{each.database}, {each.events:,} events", "bold"))
        y += ROW
        for _, by_server in each.operations():
            for figure in by_server.values():
                parts += _draw_bar(y, figure, log10(figure.server_us / least) / log10(most / least))
                y += ROW
            y += ROW // 2
        y += ROW
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}"'
        ' font-family="sans-serif" font-size="12" role="img">'
        "<title>Server CPU per request in microseconds, logarithmic</title>"
        f'<rect width="{WIDTH}" height="{y}" fill="white"/>'
    )
    title = _draw_text(LEFT, 14, "Server CPU per request, µs (logarithmic; shorter is better)")
    return "\n".join([head, title, *parts, "</svg>"]) + "\n"


def _draw_bar(y: int, figure: Figure, share: float) -> list[str]:
    width = max(round(share * (WIDTH - LEFT - RIGHT)), 1)
    colour = COLOURS[figure.server]
    label = figure.title if figure.server == "f" else ""
    return [
        _draw_text(10, y, label),
        f'<rect x="{LEFT}" y="{y - 11}" width="{width}" height="{ROW - 5}" fill="{colour}"/>',
        _draw_text(LEFT + width + 6, y, f"{NAMES[figure.server]}: {figure.server_us:,.0f}"),
    ]


def _draw_text(x: int, y: int, text: str, weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" font-weight="{weight}" fill="#222">{escape(text)}</text>'
