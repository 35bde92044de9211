"""How the names of actors are kept in `actor_names`, and asked for."""

from app.values.tokenizer import fold
from app.vocab.name_key import name_key

MAX_NAME_LENGTH = 500
"""Characters that are compared: what folding draws out further would not fit an index."""


def fold_name(name: str) -> str:
    """The name without case, accents and punctuation; of nothing else but those, the name."""
    return (name_key(name) or fold(name).strip() or name)[:MAX_NAME_LENGTH]
