"""The text of a file, line by line, within limits no honest file reaches; and records of tables."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from app.errors import Invalid, TooLarge

LONGEST_LINE = 1_048_576
LARGEST_RECORD = 4_194_304
"""Bytes: a provider's longest real row is some 10 kB."""

LARGEST_EXPORTED = 67_108_864
"""Bytes of a line or a record of our own exports: an event may have any number of claims."""

# One limit for all that this process reads, else what was read before would decide; what a cell may
# have follows from the length of its record.
csv.field_size_limit(LARGEST_EXPORTED)

LATIN_1 = ("cp1252", "iso-8859-1")
"""What is called Latin-1 is mostly Windows's: with a character where ISO's has control codes."""

BLOCK = 65_536
_PEEKED = 4096
_BOM = b"\xef\xbb\xbf"
_BOMS_16 = (b"\xff\xfe", b"\xfe\xff")


class ByteLines(Protocol):
    """Where lines come from: a file, or what is inside an archive."""

    def readline(self, size: int, /) -> bytes:
        """The next line with its end, or the first `size` bytes of it."""


class Oversized(csv.Error):
    """A line or a record longer than is taken."""


class Lines:
    """UTF-8 lines of at most `most_bytes` in all.

    `number` counts the lines read, `fault` says what is wrong with the encoding of the record
    that is being read, if anything. A byte order mark at the start is no text. A format whose
    provider does not write UTF-8 sets `others`: what a line that is no UTF-8 is read as; one whose
    rows may be longer, `longest_line` and `largest_record`.
    """

    def __init__(self, stream: ByteLines, most_bytes: int, bytes_read: int = 0) -> None:
        self._stream = stream
        self._most_bytes = most_bytes
        self._bytes_read = bytes_read
        self._record_began = bytes_read
        self._held = b""
        self.number = 0
        self.fault: str | None = None
        self.others: tuple[str, ...] = ()
        self.longest_line = LONGEST_LINE
        self.largest_record = LARGEST_RECORD

    def __iter__(self) -> Iterator[str]:
        return self

    @property
    def bytes_read(self) -> int:
        """How many bytes have been read, of this file and of those before it."""
        return self._bytes_read

    def begin_record(self) -> int:
        """Begin a record with the next line, and return that line's number."""
        self._record_began = self._bytes_read
        self.fault = None
        return self.number + 1

    def peek(self) -> bytes:
        """The beginning of the next line that is not blank, without its mark; it stays unread."""
        while True:
            if not self._held:
                self._held = self._stream.readline(_PEEKED)
            seen = self._held.removeprefix(_BOM)
            if not self._held or seen.strip():
                return seen
            self.number += self._held.endswith(b"\n")
            self._count(self._held)
            self._held = b""

    def blocks(self) -> Iterator[bytes]:
        """All that is left, as it is, in blocks; for what is not made of lines."""
        while block := self._take(BLOCK):
            yield block

    def __next__(self) -> str:
        line = self._take(self.longest_line + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > self.longest_line:
            while not line.endswith(b"\n") and (line := self._take(BLOCK)):
                pass
            raise Oversized(f"the line is longer than {self.longest_line:,} bytes")
        if self._bytes_read - self._record_began > self.largest_record:
            raise Oversized(f"the row is longer than {self.largest_record:,} bytes")
        if self.number == 1:
            line = _unmarked(line)
        return self._decoded(line)

    def _take(self, most: int) -> bytes:
        line, self._held = self._held, b""
        if not line.endswith(b"\n"):
            line += self._stream.readline(most - len(line))
        self._count(line)
        return line

    def _count(self, read: bytes) -> None:
        self._bytes_read += len(read)
        if self._bytes_read > self._most_bytes:
            raise TooLarge(f"the file holds more than the {self._most_bytes:,} bytes taken here")

    def _decoded(self, line: bytes) -> str:
        try:
            text = line.decode()
        except UnicodeDecodeError as wrong:
            if self.others:
                text = _decoded_as(line, self.others)
            else:
                byte = f"0x{line[wrong.start]:02X}"
                self.fault = f"line {self.number} is not UTF-8 (byte {byte}); convert the file"
                return line.decode(errors="replace")
        if "\0" in text:
            self.fault = f"line {self.number} contains a NUL character"
        return text


def _unmarked(first: bytes) -> bytes:
    if first.startswith(_BOMS_16):
        raise Invalid("the file is UTF-16; save it as UTF-8")
    return first.removeprefix(_BOM)


def _decoded_as(line: bytes, encodings: tuple[str, ...]) -> str:
    for encoding in encodings:
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """One record: the line it begins on, its cells, and what is wrong with it, if anything."""

    line: int
    cells: list[str]
    fault: str | None = None


def csv_records(lines: Lines) -> Iterator[CsvRecord]:
    """The records of a CSV file, quoted as RFC 4180 says; blank lines are none."""
    reader = csv.reader(lines, strict=True)
    while True:
        began = lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            yield CsvRecord(began, [], f"the row cannot be read: {wrong}")
            continue
        if lines.fault or any(cells):
            yield CsvRecord(began, cells, lines.fault)


def tab_records(lines: Lines) -> Iterator[CsvRecord]:
    """The records of a file of cells between tabs, which nothing quotes; blank lines are none."""
    while True:
        began = lines.begin_record()
        try:
            text = next(lines).rstrip("\r\n")
        except StopIteration:
            return
        except Oversized as wrong:
            yield CsvRecord(began, [], f"the row cannot be read: {wrong}")
            continue
        if lines.fault or text.strip():
            yield CsvRecord(began, text.split("\t"), lines.fault)
