"""The text of a file, line by line, within limits that no honest file reaches; and CSV records."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from app.errors import TooLarge

LONGEST_LINE = 1_048_576
LARGEST_RECORD = 4_194_304
"""Bytes: a provider's longest real row is some 10 kB."""

_BOM = b"\xef\xbb\xbf"


class ByteLines(Protocol):
    """Where lines come from: a file, or what is inside an archive."""

    def readline(self, size: int, /) -> bytes:
        """The next line with its end, or the first `size` bytes of it."""


class Oversized(csv.Error):
    """A line or a record longer than is taken."""


class Lines:
    """UTF-8 lines of at most `most_bytes` in all.

    `number` counts the lines read, `fault` says what is wrong with the encoding of the record
    that is being read, if anything. A byte order mark at the start is no text.
    """

    def __init__(self, stream: ByteLines, most_bytes: int) -> None:
        self._stream = stream
        self._most_bytes = most_bytes
        self._bytes_read = 0
        self._record_began = 0
        self.number = 0
        self.fault: str | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def begin_record(self) -> int:
        """Begin a record with the next line, and return that line's number."""
        self._record_began = self._bytes_read
        self.fault = None
        return self.number + 1

    def __next__(self) -> str:
        line = self._take()
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > LONGEST_LINE:
            while not line.endswith(b"\n") and (line := self._take()):
                pass
            raise Oversized(f"the line is longer than {LONGEST_LINE:,} bytes")
        if self._bytes_read - self._record_began > LARGEST_RECORD:
            raise Oversized(f"the row is longer than {LARGEST_RECORD:,} bytes")
        if self.number == 1:
            line = line.removeprefix(_BOM)
        return self._decoded(line)

    def _take(self) -> bytes:
        line = self._stream.readline(LONGEST_LINE + 1)
        self._bytes_read += len(line)
        if self._bytes_read > self._most_bytes:
            raise TooLarge(f"the file holds more than the {self._most_bytes:,} bytes taken here")
        return line

    def _decoded(self, line: bytes) -> str:
        try:
            text = line.decode()
        except UnicodeDecodeError as wrong:
            byte = line[wrong.start]
            self.fault = f"line {self.number} is not UTF-8 (byte 0x{byte:02X}); convert the file"
            return line.decode(errors="replace")
        if "\0" in text:
            self.fault = f"line {self.number} contains a NUL character"
        return text


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
