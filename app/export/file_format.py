"""Formats that make a file, which is complete before it is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from app.export.writer import RenderOptions, Writer

FILE_SCHEMA = {"type": "string", "format": "binary", "description": "A file, read by ranges."}


class FileSink(Protocol):
    """A file under construction."""

    def add(self, lines: bytes) -> None:
        """Write some documents, given as lines of JSON."""

    def close(self) -> None:
        """Complete the file, or release its resources."""


class StreamFileSink:
    """A file of a stream format."""

    def __init__(self, writer: Writer, path: Path) -> None:
        self._writer = writer
        self._file = path.open("wb")
        self._file.write(writer.begin)
        self._started = False

    def add(self, lines: bytes) -> None:
        """Write some documents."""
        self._file.write(self._writer.write_lines(lines, self._started))
        self._started = True

    def close(self) -> None:
        """Write the end."""
        self._file.write(self._writer.end)
        self._file.close()


@dataclass(frozen=True)
class FileFormat:
    """A format that makes files: `open` begins one at a path, with metadata in it.

    `open` raises NotAcceptable if a library that it needs is not installed.
    """

    rank: ClassVar[int] = 2

    name: str
    media_type: str
    open: Callable[[Path, RenderOptions, Mapping[str, str]], FileSink]
    reference: Mapping[str, Any] = field(default_factory=lambda: {"schema": FILE_SCHEMA})


def make_file_format(writer: Writer) -> FileFormat:
    """Return the format that makes files of a stream format."""

    def begin(path: Path, options: RenderOptions, metadata: Mapping[str, str]) -> FileSink:
        del metadata
        return StreamFileSink(writer.with_options(options), path)

    return FileFormat(writer.name, writer.content_type, begin)
