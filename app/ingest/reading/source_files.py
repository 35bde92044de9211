"""Files on disk: plain, gzip, a zip of one or several, or a folder of all these."""

import gzip
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO, Protocol

from app.errors import Invalid

SNIFFED_BYTES = 65_536
"""The bytes at the beginning of a file that its format is detected from."""
_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ARCHIVE_ERRORS = (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)


class ByteReader(Protocol):
    """A reader of unpacked bytes."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes."""

    def readline(self, size: int, /) -> bytes:
        """Return the next line with its end, or the first `size` bytes of it."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open file: its text, its name inside the archive, and the file on disk.

    `is_one_of_several` is true if the archive holds others.
    """

    text: ByteReader
    member: str | None
    disk: BinaryIO
    is_one_of_several: bool = False

    @property
    def position(self) -> int:
        """The number of bytes read from the file on disk."""
        return self.disk.tell()


@dataclass(frozen=True, slots=True)
class FileDescription:
    """The names of a file, that of an archive's member first, and its first bytes.

    `is_alone` is false if its archive holds another file.
    """

    names: tuple[str, ...]
    head: bytes
    is_alone: bool


def list_import_files(path: Path) -> list[Path]:
    """Return the file, or all files in a folder tree by name, except hidden ones.

    Raises Invalid for a folder without files.
    """
    if not path.is_dir():
        return [path]
    inside = ((file.relative_to(path), file) for file in path.rglob("*") if file.is_file())
    found = [file for name, file in sorted(inside) if not _is_hidden(name)]
    if not found:
        raise Invalid("the folder holds no files")
    return found


@contextmanager
def open_file(path: Path) -> Iterator[OpenFile]:
    """Open a file, or the first file of an archive; raise Invalid for an unreadable archive."""
    with open_files(path) as files:
        yield next(files)


@contextmanager
def open_files(path: Path) -> Iterator[Iterator[OpenFile]]:
    """Open a file, or the files of an archive by name, each when it is requested.

    Raises Invalid for an unreadable archive.
    """
    try:
        with path.open("rb") as disk, closing(_open_members(disk)) as files:
            yield files
    except _ARCHIVE_ERRORS as wrong:
        said = str(wrong) or type(wrong).__name__
        raise Invalid(f"the compressed file is broken: {said}") from wrong


def read_file_head(path: Path) -> bytes:
    """Read the first bytes of a file's text, enough to detect its format."""
    with open_file(path) as opened:
        return opened.text.read(SNIFFED_BYTES)


def describe_file(path: Path, file_name: str | None) -> FileDescription:
    """Read the names and the head of a file; `file_name` replaces the name on disk."""
    with open_file(path) as opened:
        names = (opened.member, PurePath(file_name or path).name)
        head = opened.text.read(SNIFFED_BYTES)
        known = tuple(name for name in names if name)
        return FileDescription(known, head, not opened.is_one_of_several)


def _open_members(disk: BinaryIO) -> Generator[OpenFile, None, None]:
    head = disk.read(4)
    disk.seek(0)
    if head.startswith(_GZIP):
        with gzip.GzipFile(fileobj=disk) as text:
            yield OpenFile(text, None, disk)
    elif head.startswith(_ZIP):
        yield from _open_zip_members(disk)
    else:
        yield OpenFile(disk, None, disk)


def _open_zip_members(disk: BinaryIO) -> Generator[OpenFile, None, None]:
    with zipfile.ZipFile(disk) as archive:
        members = [info for info in archive.infolist() if _is_data(info)]
        if not members:
            raise Invalid("the zip holds no files")
        if any(info.flag_bits & 1 for info in members):
            raise Invalid("the zip is encrypted; send it without a password")
        for member in sorted(members, key=lambda info: info.filename):
            with archive.open(member) as text:
                name = PurePosixPath(member.filename).name
                yield OpenFile(text, name, disk, is_one_of_several=len(members) > 1)


def _is_data(member: zipfile.ZipInfo) -> bool:
    return not member.is_dir() and not _is_hidden(PurePosixPath(member.filename))


def _is_hidden(path: PurePath) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)
