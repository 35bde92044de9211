"""What was done: CAMEO's event codes, listed and unlisted."""

from functools import lru_cache
from typing import NamedTuple

from app.ingest.gdelt.spreadsheet_damage import LOST_ZERO
from app.ingest.reading.import_format import BadRow
from app.vocab.crosswalks import UNMAPPED, cameo, type_of_cameo
from app.vocab.event_types import event_types

CODE, BASE, ROOT = "EventCode", "EventBaseCode", "EventRootCode"
LONGEST_CODE = 5


class Act(NamedTuple):
    """An act: our type, its label, CAMEO's name for it, and what is odd about its code."""

    type: str
    label: str
    name: str
    warning: tuple[str, str, str] | None


@lru_cache(maxsize=16_384)
def act_of(code: str, base: str, root: str) -> Act:
    """The act of a code; an unlisted one is of the type of its longest listed beginning.

    BadRow for what is no code at all, or has lost its leading zero.
    """
    for column, text in ((CODE, code), (ROOT, root)):
        if not (text.isdecimal() and text.isascii() and len(text) <= LONGEST_CODE):
            raise BadRow(column, text, "this is no CAMEO code, such as 042")
        if len(text) == 1:
            raise BadRow(column, text, LOST_ZERO)
    known = cameo().get(code)
    if known is not None:
        return _act(known.type, f"CAMEO {code}, {known.name}", None)
    types = (type_of_cameo(each) for each in (code, base, root))
    kind = next((each for each in types if each != UNMAPPED), UNMAPPED)
    reason = f"GDELT lists no such code; kept, and taken for the type {kind}"
    return _act(kind, f"CAMEO {code}, not listed", (CODE, code, reason))


def _act(kind: str, name: str, warning: tuple[str, str, str] | None) -> Act:
    return Act(kind, event_types()[kind].label, name, warning)
