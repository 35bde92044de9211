"""Similarity of names, and keys that find a name under other spellings.

The skeleton of a word is its consonants, without doubling, where consonants that transliterations
confuse are one: Chong, Jong and Zhong are `jn`, Qaddafi and Gadhafi `ktp`. Skeletons find
candidates; comparing letters ranks them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from app.values.tokenizer import fold_text

LONGEST_WITH_GAPS = 8
"""Skeletons up to this length, of names of few words, are also found if one consonant is wrong."""

MOST_WORDS, MOST_PAIRED, FEW_WORDS = 12, 5, 2
LONGEST_KEY = 40
WHOLE_NAME_PREFIX = "="
"""Prefix of the key of a whole name."""

LEAST_SIMILARITY = 0.7
_SAME_SOUND = 0.45
_SAME_WORDS = 0.97
_ALL_WORDS = 0.85
_LIKE_WORDS = 0.45

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile(r"['’`´ʼ]")
_CONFUSED_CONSONANTS = tuple(
    (re.compile(pattern), made)
    for pattern, made in (
        ("tch|dzh|zh|dj|ch|j", "j"),
        ("kh|gh|ck|[kgqc]", "k"),
        ("ts|tz|sh|sch|hs|[szx]", "s"),
        ("th|dh|[td]", "t"),
        ("ph|[pbfvw]", "p"),
        ("[lr]", "r"),
    )
)
_VOWELS = re.compile(r"[aeiouyh]")
_DOUBLED = re.compile(r"(.)\1+")
_NASAL = re.compile(r"ng(?![aeiou])")


@dataclass(frozen=True, slots=True)
class NameSimilarity:
    """The similarity of a name to the one searched for, from 0 to 1, and the difference."""

    score: float
    how: str


@lru_cache(maxsize=16_384)
def make_skeleton(word: str) -> str:
    """Return the consonants of a folded word, confused ones as one; `a` if there are none."""
    made = _NASAL.sub("n", word)
    for pattern, letter in _CONFUSED_CONSONANTS:
        made = pattern.sub(letter, made)
    made = _DOUBLED.sub(r"\1", _VOWELS.sub("", made))
    return made[:LONGEST_KEY] or "a"


def make_lookup_keys(names: Iterable[str]) -> set[str]:
    """Return the keys of names: skeletons of words, of pairs of words, and of the whole."""
    keys: set[str] = set()
    for name in names:
        keys |= set(make_word_keys(name)) | make_pair_keys(name) | make_whole_keys(name)
    return keys


def make_word_keys(name: str) -> list[str]:
    """Return the skeletons of the words, longest first, because these are the rarest."""
    return sorted(
        {make_skeleton(word) for word in split_name(name)}, key=lambda key: (-len(key), key)
    )


def make_pair_keys(name: str) -> set[str]:
    """Return a key for each two words, in any order: few people are called Kim and Jong."""
    keys = sorted(make_skeleton(word) for word in split_name(name)[:MOST_PAIRED])
    return {f"{one} {other}" for one, other in combinations(keys, 2)}


def make_whole_keys(name: str) -> set[str]:
    """Return the skeleton of the whole name, and if short, its forms without one consonant."""
    words = split_name(name)
    whole = make_skeleton("".join(words))
    keys = {WHOLE_NAME_PREFIX + whole}
    if len(words) <= FEW_WORDS and len(whole) <= LONGEST_WITH_GAPS:
        keys |= {
            WHOLE_NAME_PREFIX + whole[:place] + whole[place + 1 :] for place in range(len(whole))
        }
    return keys


@lru_cache(maxsize=16_384)
def split_name(name: str) -> tuple[str, ...]:
    """Return the folded words of a name, without apostrophes."""
    return tuple(_WORD.findall(_APOSTROPHES.sub("", fold_text(name)))[:MOST_WORDS])


def compare_names(asked: str, name: str) -> NameSimilarity:
    """Return the similarity of `name` to the name searched for."""
    wanted, held = split_name(asked), split_name(name)
    one, other = " ".join(wanted), " ".join(held)
    if one == other:
        return NameSimilarity(1.0, "is the same")
    if sorted(wanted) == sorted(held):
        return NameSimilarity(_SAME_WORDS, "has the same words in another order")
    letters = Levenshtein.distance("".join(wanted), "".join(held))
    if letters == 0:
        return NameSimilarity(0.99, "is the same but for spaces")
    told = f"differs by {letters} letter{'' if letters == 1 else 's'}"
    ratio = max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other) * _SAME_WORDS) / 100
    best = NameSimilarity(ratio, told)
    if make_skeleton("".join(wanted)) == make_skeleton("".join(held)):
        best = _choose_better(
            best, NameSimilarity(_SAME_SOUND + 0.54 * ratio, f"sounds the same, and {told}")
        )
    if wanted and set(wanted) < set(held):
        share = len(one) / len(other)
        best = _choose_better(best, NameSimilarity(_ALL_WORDS + 0.1 * share, "has all these words"))
    elif wanted and {make_skeleton(word) for word in wanted} <= {
        make_skeleton(word) for word in held
    }:
        near = fuzz.partial_ratio(one, other) / 100
        best = _choose_better(
            best, NameSimilarity(_LIKE_WORDS + 0.4 * near, "has words that sound like these")
        )
    return best


def _choose_better(one: NameSimilarity, other: NameSimilarity) -> NameSimilarity:
    return other if other.score > one.score else one


def parse_host(text: str) -> str | None:
    """Return the host of a URL or a bare host name, without `www.`; None for any other text."""
    found = _HOST.fullmatch(text.strip().lower())
    return found[1] if found and len(found[1]) <= _LONGEST_HOST else None


def list_parent_hosts(host: str) -> list[str]:
    """Return a host and the hosts above it, nearest first, down to two labels."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(max(1, len(labels) - 1))]


_LONGEST_HOST = 253
"""The limit of RFC 1035."""

_HOST = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?(?:www\d?\.)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[:/?#].*)?"
)
