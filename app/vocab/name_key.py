"""Keys that compare names regardless of how a provider spells them."""

import re

from app.values.tokenizer import fold_text

_APOSTROPHES = re.compile(r"['`´]")
_SEPARATORS = re.compile(r"[\W_]+")
_ARTICLES = re.compile(r"^the | the$")
_SAINT = re.compile(r"\bst\b")


def make_name_key(name: str) -> str:
    """Return a name without case, accents, punctuation and `the`; write out `&`, `+` and `St`."""
    words = _APOSTROPHES.sub("", fold_text(name)).replace("&", " and ").replace("+", " plus ")
    words = _SEPARATORS.sub(" ", words).strip()
    return _SAINT.sub("saint", _ARTICLES.sub("", words))


MAX_NAME_LENGTH = 500
"""Characters that are compared: what folding draws out further would not fit an index."""


def fold_name(name: str) -> str:
    """Return the name as `actor_names` holds it: without case, accents and punctuation.

    A name of nothing but those is kept as it is.
    """
    return (make_name_key(name) or fold_text(name).strip() or name)[:MAX_NAME_LENGTH]
