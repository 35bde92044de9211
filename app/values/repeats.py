"""Names that come more than once."""

from collections.abc import Iterable, Iterator


def list_repeats(names: Iterable[str]) -> Iterator[int]:
    """Yield the places, from 0, of names that came before, in one pass."""
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            yield place
        seen.add(name)
