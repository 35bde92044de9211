"""Lines and table records of a text file, within limits that no honest file reaches."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from app.errors import Invalid, TooLarge

LONGEST_LINE = 1_048_576
LARGEST_RECORD = 4_194_304
"""Bytes; a provider's longest real row has about 10 kB."""

LARGEST_EXPORTED_RECORD = 67_108_864
"""Bytes in a line or record of our own exports, where an event may have any number of claims."""

# The limit is global to the process; the length of a record already limits its cells.
csv.field_size_limit(LARGEST_EXPORTED_RECORD)

LATIN_1 = ("cp1252", "iso-8859-1")
"""The encodings of files called Latin-1: usually Windows's, with characters for control codes."""

BLOCK_BYTES = 65_536
_PEEK_BYTES = 4096
_BOM = b"\xef\xbb\xbf"
_BOMS_16 = (b"\xff\xfe", b"\xfe\xff")


class LineReader(Protocol):
    """A source of lines: a file, or a member of an archive."""

    def readline(self, size: int, /) -> bytes:
        """Return the next line with its end, or the first `size` bytes of it."""


class RecordTooLong(csv.Error):
    """A line or record over the limit."""


class TextLines:
    """UTF-8 lines, limited to `most_bytes` in all.

    `number` counts the lines read; `fault` describes an encoding error in the current record. A
    byte order mark at the start is skipped. A format whose provider does not write UTF-8 sets
    `others`, the encodings for lines that are not UTF-8; a format with longer rows sets
    `longest_line` and `largest_record`.
    """

    def __init__(self, stream: LineReader, most_bytes: int, bytes_read: int = 0) -> None:
        self._stream = stream
        self._most_bytes = most_bytes
        self._bytes_read = bytes_read
        self._record_began = bytes_read
        self._peeked_line = b""
        self.number = 0
        self.fault: str | None = None
        self.others: tuple[str, ...] = ()
        self.longest_line = LONGEST_LINE
        self.largest_record = LARGEST_RECORD

    def __iter__(self) -> Iterator[str]:
        return self

    @property
    def bytes_read(self) -> int:
        """The number of bytes read, in this file and those before it."""
        return self._bytes_read

    def begin_record(self) -> int:
        """Begin a record with the next line, and return the number of that line."""
        self._record_began = self._bytes_read
        self.fault = None
        return self.number + 1

    def peek(self) -> bytes:
        """Return the beginning of the next non-blank line without its mark; leave it unread."""
        while True:
            if not self._peeked_line:
                self._peeked_line = self._stream.readline(_PEEK_BYTES)
            seen = self._peeked_line.removeprefix(_BOM)
            if not self._peeked_line or seen.strip():
                return seen
            self.number += self._peeked_line.endswith(b"\n")
            self._count_bytes(self._peeked_line)
            self._peeked_line = b""

    def blocks(self) -> Iterator[bytes]:
        """Yield the rest of the file in blocks, for formats without lines."""
        while block := self._read_bytes(BLOCK_BYTES):
            yield block

    def __next__(self) -> str:
        line = self._read_bytes(self.longest_line + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > self.longest_line:
            while not line.endswith(b"\n") and (line := self._read_bytes(BLOCK_BYTES)):
                pass
            raise RecordTooLong(f"the line is longer than {self.longest_line:,} bytes")
        if self._bytes_read - self._record_began > self.largest_record:
            raise RecordTooLong(f"the row is longer than {self.largest_record:,} bytes")
        if self.number == 1:
            line = _strip_mark(line)
        return self._decode_line(line)

    def _read_bytes(self, most: int) -> bytes:
        line, self._peeked_line = self._peeked_line, b""
        if not line.endswith(b"\n"):
            line += self._stream.readline(most - len(line))
        self._count_bytes(line)
        return line

    def _count_bytes(self, read: bytes) -> None:
        self._bytes_read += len(read)
        if self._bytes_read > self._most_bytes:
            raise TooLarge(f"the file holds more than the {self._most_bytes:,} bytes taken here")

    def _decode_line(self, line: bytes) -> str:
        try:
            text = line.decode()
        except UnicodeDecodeError as wrong:
            if self.others:
                text = _decode_as(line, self.others)
            else:
                byte = f"0x{line[wrong.start]:02X}"
                self.fault = f"line {self.number} is not UTF-8 (byte {byte}); convert the file"
                return line.decode(errors="replace")
        if "\0" in text:
            self.fault = f"line {self.number} contains a NUL character"
        return text


def _strip_mark(first: bytes) -> bytes:
    if first.startswith(_BOMS_16):
        raise Invalid("the file is UTF-16; save it as UTF-8")
    return first.removeprefix(_BOM)


def _decode_as(line: bytes, encodings: tuple[str, ...]) -> str:
    for encoding in encodings:
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """One record: its first line, its cells, and a fault, if any."""

    line: int
    cells: list[str]
    fault: str | None = None


def read_csv_records(lines: TextLines) -> Iterator[CsvRecord]:
    """Yield the records of a CSV file, quoted as in RFC 4180; skip blank lines."""
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


def read_tab_records(lines: TextLines) -> Iterator[CsvRecord]:
    """Yield the records of a tab-separated file without quoting; skip blank lines."""
    while True:
        began = lines.begin_record()
        try:
            text = next(lines).rstrip("\r\n")
        except StopIteration:
            return
        except RecordTooLong as wrong:
            yield CsvRecord(began, [], f"the row cannot be read: {wrong}")
            continue
        if lines.fault or text.strip():
            yield CsvRecord(began, text.split("\t"), lines.fault)
