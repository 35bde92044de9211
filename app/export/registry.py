"""The export formats by name, found in `formats/`."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from app.export import formats
from app.export.file_format import FileFormat, make_file_format
from app.export.writer import Writer


@cache
def get_writers() -> Mapping[str, Writer]:
    """Return the stream formats by name, in alphabetical order."""
    return MappingProxyType(
        {name: format for name, format in _import_formats().items() if isinstance(format, Writer)}
    )


@cache
def get_file_formats() -> Mapping[str, FileFormat]:
    """Return the formats that make files by name, in alphabetical order."""
    return MappingProxyType(
        {
            name: format
            for name, format in _import_formats().items()
            if isinstance(format, FileFormat)
        }
    )


@cache
def get_all_file_formats() -> Mapping[str, FileFormat]:
    """Return every format as one that makes files, by name."""
    return MappingProxyType({**_make_stream_files(), **get_file_formats()})


def _make_stream_files() -> dict[str, FileFormat]:
    return {name: make_file_format(writer) for name, writer in get_writers().items()}


@cache
def get_media_types() -> Mapping[str, str]:
    """Return the media type of every format, in alphabetical order."""
    return MappingProxyType({name: format.media_type for name, format in _import_formats().items()})


@cache
def list_formats() -> tuple[Writer | FileFormat, ...]:
    """Return every format in the order of the reference."""
    return tuple(sorted(_import_formats().values(), key=lambda each: (each.rank, each.name)))


@cache
def _import_formats() -> Mapping[str, Writer | FileFormat]:
    modules = [
        import_module(f"{formats.__name__}.{found.name}")
        for found in iter_modules(formats.__path__)
    ]
    return {module.WRITER.name: module.WRITER for module in modules}
