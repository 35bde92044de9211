"""How the names of actors are kept in `actor_names`, and asked for."""

from app.values.tokenizer import fold_text
from app.vocab.name_key import make_name_key

MAX_NAME_LENGTH = 500
"""Characters that are compared: what folding draws out further would not fit an index."""


def fold_name(name: str) -> str:
    """The name without case, accents and punctuation; of nothing else but those, the name."""
    return (make_name_key(name) or fold_text(name).strip() or name)[:MAX_NAME_LENGTH]
