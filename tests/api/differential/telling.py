"""All that an answer tells a stranger: its status, its headers and every byte of its body."""

import re
from dataclasses import dataclass, field
from difflib import unified_diff

from httpx2 import Response

from app.export.formats.parquet import MEDIA_TYPE as PARQUET

NEW_AT_EACH = {"date", "x-request-id", "content-length"}
"""A trace id always has the same length, which is part of the length of the body."""

_TRACE = re.compile(r'(?<="trace_id":")[0-9a-f]{32}')
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_DIGEST = re.compile(r'(etag: "\d+-\d+)-[0-9a-f]{12}')
_SEALED = re.compile(
    r"\bp[a-z2-7]{13}\b"  # a position
    r'|(?<="next_cursor":")[^"]+|(?<=cursor=)[^>&]+'
    r'|(?<="rows_per_second":)\d+|(?<="seconds_left":)\d+'
    r"|(?<=etag: )(W/.*|\"[0-9a-f]{32}.*)"  # the digest of a list or of an export
)


@dataclass
class Ears:
    """Collects answers; two collectors are equal unless something is revealed.

    Once strangers have written, ids are made in each database by itself, and positions, cursors and
    the digests of lists are of them: they have no meaning then, but for the ids that were heard
    before. Where an import had to leave a slug to a hidden record, `taken` names the one it made.
    """

    taken: dict[str, str] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    is_written: bool = False

    def hear(self, answer: Response) -> str:
        """Return an answer as text."""
        headers = {
            name: value for name, value in answer.headers.multi_items() if name not in NEW_AT_EACH
        }
        lines = [str(answer.status_code), *(f"{name}: {headers[name]}" for name in sorted(headers))]
        text = "\n".join([*lines, "", _TRACE.sub("", answer.content.decode("latin-1"))])
        if not self.is_written:
            self.heard.update(_ID.findall(text))
            return text
        if answer.headers.get("content-type") == PARQUET:
            text = "\n".join(lines)  # its position is somewhere in its bytes
        for slug, made in self.taken.items():
            text = text.replace(made, slug)
        text = _ID.sub(lambda found: found[0] if found[0] in self.heard else "ID", text)
        text = _DIGEST.sub(r"\1-DIGEST", text)
        return _SEALED.sub("SEALED", text)


def difference_of(one: str, other: str) -> str:
    """Return the difference of two texts, empty if they are equal."""
    if one == other:
        return ""
    lines = unified_diff(_lines(one), _lines(other), "public", "shadowed", n=0, lineterm="")
    return "\n".join(line[:400] for line in list(lines)[:12])


def _lines(text: str) -> list[str]:
    return re.sub(r"(?<=[},])", "\n", text).splitlines()
