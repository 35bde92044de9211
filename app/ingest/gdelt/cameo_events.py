"""CAMEO's event codes, listed and unlisted."""

from functools import lru_cache
from typing import NamedTuple

from app.ingest.gdelt.spreadsheet_damage import LOST_ZERO
from app.ingest.reading.import_format import BadRow
from app.vocab.crosswalks import UNMAPPED, classify_cameo, get_cameo_codes
from app.vocab.event_types import get_event_types

CODE, BASE, ROOT = "EventCode", "EventBaseCode", "EventRootCode"
LONGEST_CODE = 5


class CameoEvent(NamedTuple):
    """A CAMEO event: our type, its label, CAMEO's name, and a warning about its code."""

    type: str
    label: str
    name: str
    warning: tuple[str, str, str] | None


@lru_cache(maxsize=16_384)
def read_cameo_event(code: str, base: str, root: str) -> CameoEvent:
    """Return the event of a code; an unlisted one has the type of its longest listed prefix.

    Raise BadRow for other texts, and for codes that have lost their leading zero.
    """
    for column, text in ((CODE, code), (ROOT, root)):
        if not (text.isdecimal() and text.isascii() and len(text) <= LONGEST_CODE):
            raise BadRow(column, text, "this is not a CAMEO code, such as 042")
        if len(text) == 1:
            raise BadRow(column, text, LOST_ZERO)
    known = get_cameo_codes().get(code)
    if known is not None:
        return _make_cameo_event(known.type, f"CAMEO {code}, {known.name}", None)
    types = (classify_cameo(known) for known in (code, base, root))
    kind = next((type for type in types if type != UNMAPPED), UNMAPPED)
    reason = f"GDELT lists no such code; kept, and taken for the type {kind}"
    return _make_cameo_event(kind, f"CAMEO {code}, not listed", (CODE, code, reason))


def _make_cameo_event(kind: str, name: str, warning: tuple[str, str, str] | None) -> CameoEvent:
    return CameoEvent(kind, get_event_types()[kind].label, name, warning)
