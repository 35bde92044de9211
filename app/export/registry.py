"""Every export format by its name: a file in `formats/` is enough to be found."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from app.export import formats
from app.export.writer import Writer


@cache
def writers() -> Mapping[str, Writer]:
    """The writers by name, in alphabetical order."""
    modules = [
        import_module(f"{formats.__name__}.{found.name}")
        for found in iter_modules(formats.__path__)
    ]
    return MappingProxyType({module.WRITER.name: module.WRITER for module in modules})
