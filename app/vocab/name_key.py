"""How names are compared: by what a reader hears, not by how a provider spells them."""

import re

from app.values.tokenizer import fold

_QUIET = re.compile(r"['`´]")
_BREAKS = re.compile(r"[\W_]+")
_ARTICLES = re.compile(r"^the | the$")
_SAINT = re.compile(r"\bst\b")


def name_key(name: str) -> str:
    """A name without case, accents, punctuation and `the`; `&`, `+` and `St` are written out."""
    words = _QUIET.sub("", fold(name)).replace("&", " and ").replace("+", " plus ")
    words = _BREAKS.sub(" ", words).strip()
    return _SAINT.sub("saint", _ARTICLES.sub("", words))
