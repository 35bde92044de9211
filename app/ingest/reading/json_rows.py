"""Rows that are JSON objects: in a list, in a member of an object, or one after another.

The file is read in blocks and never held whole. Every value becomes the string in the file, so that
numbers keep their size and precision. A value that is not a row is rejected; a syntax error ends
the file, since the start of the next row is then unknown.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from json import JSONDecodeError, JSONDecoder
from typing import Any

from app.errors import Invalid
from app.ingest.reading.import_format import FileRow
from app.ingest.reading.text_lines import LARGEST_RECORD, TextLines
from app.ingest.report import REJECTION, SHOWN_CELL, RowFinding

_BLANK = re.compile(r"[ \t\r\n]*")
MOST_MEMBERS = 10_000
"""The members of a single object beside its list of rows, held until the object ends."""


def is_json_text(beginning: bytes) -> bool:
    """Return whether a file with this beginning is JSON: a list or an object."""
    return beginning.lstrip()[:1] in (b"[", b"{")


def read_json_rows(
    lines: TextLines, member: str, needed: frozenset[str], renamed: Mapping[str, str]
) -> Iterator[FileRow | RowFinding]:
    """Yield the objects of a file, numbered from 1 in place of lines.

    `member` is the name of the list in a single object; `needed` are the lower-case names that
    every row must have; `renamed` maps names to their name here. Raises Invalid for broken JSON.
    """
    for number, found in enumerate(_read_values(_JsonText(lines), member), 1):
        yield _make_row(number, found, needed, renamed)


class _ObjectPairs(list[tuple[str, Any]]):
    """The members of an object in order, including repeated names."""


_DECODER = JSONDecoder(
    object_pairs_hook=_ObjectPairs, parse_int=str, parse_float=str, parse_constant=str
)


class _JsonText:
    """The unread part of a JSON text."""

    def __init__(self, lines: TextLines) -> None:
        self._blocks = lines.blocks()
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._position = 0
        self._lines_before = 0
        self._line_before = 0
        self._is_at_end = False

    def peek_character(self) -> str:
        """Return the next non-blank character without reading it; "" at the end."""
        while True:
            found = _BLANK.match(self._text, self._position)
            self._position = found.end() if found else self._position
            if self._position < len(self._text) or not self._read_block():
                return self._text[self._position : self._position + 1]

    def accept(self, expected: str) -> bool:
        """Read the next character if it is one of these."""
        if self.peek_character() in expected and self._position < len(self._text):
            self._position += 1
            return True
        return False

    def read_value(self) -> Any:
        """Read the next value."""
        self.peek_character()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._position)
            except JSONDecodeError as wrong:
                if self._grow():
                    continue
                raise self.make_error(wrong.msg, wrong.pos) from None
            except RecursionError:
                raise self.make_error("it is nested too deeply", self._position) from None
            if end < len(self._text) or not self._grow():
                self._position = end
                return value

    def make_error(self, said: str, at: int | None = None) -> Invalid:
        """Return an error with the line and column of the fault."""
        at = self._position if at is None else at
        line = self._lines_before + self._text.count("\n", 0, at) + 1
        begins = self._text.rfind("\n", 0, at) + 1
        column = at - begins + 1 + (0 if begins else self._line_before)
        return Invalid(f"line {line}, column {column}: this is not JSON: {said}")

    def _grow(self) -> bool:
        """Read until the unread text has doubled, within the limit; return False at the end."""
        wanted = 2 * (len(self._text) - self._position)
        if wanted > 2 * LARGEST_RECORD:
            raise self.make_error(f"a value is longer than {LARGEST_RECORD:,} characters")
        grown = self._read_block()
        while grown and len(self._text) - self._position < wanted and self._read_block():
            pass
        return grown

    def _read_block(self) -> bool:
        """Read one more block and drop the text before it; return False at the end."""
        if self._is_at_end:
            return False
        block = next(self._blocks, b"")
        self._is_at_end = not block
        try:
            decoded = self._decoder.decode(block, final=self._is_at_end)
        except UnicodeDecodeError as wrong:
            self._text += wrong.object[: wrong.start].decode(errors="ignore")
            byte = f"0x{wrong.object[wrong.start]:02X}"
            raise self.make_error(f"byte {byte} is not UTF-8", len(self._text)) from None
        begins = self._text.rfind("\n", 0, self._position) + 1
        self._lines_before += self._text.count("\n", 0, self._position)
        self._line_before = self._position - begins + (0 if begins else self._line_before)
        self._text, self._position = self._text[self._position :] + decoded, 0
        return True


def _read_values(text: _JsonText, member: str) -> Iterator[Any]:
    if not text.peek_character():
        raise Invalid("the file is empty")
    while text.peek_character():
        if text.accept("["):
            yield from _read_list_values(text)
        elif text.accept("{"):
            yield from _read_object_rows(text, member)
        else:
            raise text.make_error("a list or an object is expected")


def _read_list_values(text: _JsonText) -> Iterator[Any]:
    """Yield the values of a list after its opening bracket."""
    if text.accept("]"):
        return
    while True:
        yield text.read_value()
        if text.accept("]"):
            return
        if not text.accept(","):
            raise text.make_error("a comma or the end of the list is expected")


def _read_object_rows(text: _JsonText, member: str) -> Iterator[Any]:
    """Yield the rows in an object after its opening brace, or the object itself without rows."""
    members, has_rows = _ObjectPairs(), False
    if not text.accept("}"):
        while True:
            name = text.read_value() if text.peek_character() == '"' else None
            if name is None or not text.accept(":"):
                raise text.make_error("a name and a colon are expected")
            if name == member and text.accept("["):
                has_rows = True
                yield from _read_list_values(text)
            else:
                _add_member(members, name, text)
            if text.accept("}"):
                break
            if not text.accept(","):
                raise text.make_error("a comma or the end of the object is expected")
    if not has_rows:
        yield members


def _add_member(members: _ObjectPairs, name: str, text: _JsonText) -> None:
    members.append((name, text.read_value()))
    if len(members) > MOST_MEMBERS:
        raise text.make_error(f"an object has more than {MOST_MEMBERS:,} members")


def _make_row(
    number: int, found: Any, needed: frozenset[str], renamed: Mapping[str, str]
) -> FileRow | RowFinding:
    if not isinstance(found, _ObjectPairs):
        return RowFinding(
            REJECTION, number, None, str(found)[:SHOWN_CELL], "the row is not an object"
        )
    cells: dict[str, str] = {}
    for written, value in found:
        name = written.strip().lower()
        name = renamed.get(name, name)
        fault = "the name comes twice in the row" if name in cells else _find_fault(name, value)
        if fault:
            return RowFinding(
                REJECTION, number, _shorten_text(name), _shorten_text(str(value)), fault
            )
        cells[name] = _make_cell(value)
    if missing := sorted(needed - cells.keys()):
        return RowFinding(
            REJECTION, number, missing[0], None, f"the row lacks {', '.join(missing)}"
        )
    return FileRow(number, cells)


def _make_cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else str(value).lower()


def _find_fault(name: str, value: Any) -> str | None:
    if isinstance(value, list):
        return "the value is a list or an object, not a text or a number"
    if not (name.isascii() and (not isinstance(value, str) or value.isascii())):
        try:
            f"{name}{value}".encode()
        except UnicodeEncodeError:
            return "the text holds half a character (a lone surrogate)"
    return "the text contains a NUL character" if "\0" in f"{name}{value}" else None


def _shorten_text(text: str) -> str:
    return text.encode(errors="replace").decode().replace("\0", "\ufffd")[:SHOWN_CELL]
