"""An uploaded file as it lies on disk: plain, gzip, or a zip with one file in it."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from app.errors import Invalid
from app.ingest.registry import SNIFFED_BYTES

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_BROKEN = (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)


class ByteText(Protocol):
    """The unpacked bytes of a file."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes."""

    def readline(self, size: int, /) -> bytes:
        """The next line with its end, or the first `size` bytes of it."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file being read: its text, its name inside the archive, and the file on disk."""

    text: ByteText
    member: str | None
    disk: BinaryIO

    @property
    def position(self) -> int:
        """How many bytes of the file on disk have been read."""
        return self.disk.tell()


@contextmanager
def open_file(path: Path) -> Iterator[OpenFile]:
    """Open a file, unpacking it if it is packed; Invalid for an archive that cannot be read."""
    try:
        with path.open("rb") as disk:
            yield from _unpacked(disk)
    except _BROKEN as wrong:
        said = str(wrong) or type(wrong).__name__
        raise Invalid(f"the compressed file is broken: {said}") from wrong


def read_head(path: Path) -> bytes:
    """The first bytes of a file's text, as far as a format needs them to be recognised."""
    with open_file(path) as opened:
        return opened.text.read(SNIFFED_BYTES)


def _unpacked(disk: BinaryIO) -> Iterator[OpenFile]:
    head = disk.read(4)
    disk.seek(0)
    if head.startswith(_GZIP):
        with gzip.GzipFile(fileobj=disk) as text:
            yield OpenFile(text, None, disk)
    elif head.startswith(_ZIP):
        yield from _inside_zip(disk)
    else:
        yield OpenFile(disk, None, disk)


def _inside_zip(disk: BinaryIO) -> Iterator[OpenFile]:
    with zipfile.ZipFile(disk) as archive:
        members = [each for each in archive.infolist() if _is_data(each)]
        if len(members) != 1:
            raise Invalid(f"the zip holds {len(members)} files; send one with one file in it")
        if members[0].flag_bits & 1:
            raise Invalid("the zip is encrypted; send it without a password")
        with archive.open(members[0]) as text:
            yield OpenFile(text, PurePosixPath(members[0].filename).name, disk)


def _is_data(member: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(member.filename)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return not member.is_dir() and not hidden
