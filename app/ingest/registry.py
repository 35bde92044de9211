"""The formats by name: each file in `formats/` that has a `FORMAT` is one."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from app.errors import Fault, Invalid
from app.ingest import formats as folder
from app.ingest.format import Format
from app.values.codes import did_you_mean

AUTO = "auto"
SNIFFED_BYTES = 65_536
"""How much of the beginning of a file is looked at to find its format."""


@cache
def formats() -> Mapping[str, Format]:
    """Every format by its name."""
    found: dict[str, Format] = {}
    for module in pkgutil.iter_modules(folder.__path__):
        format = getattr(
            importlib.import_module(f"{folder.__name__}.{module.name}"), "FORMAT", None
        )
        if isinstance(format, Format):
            found[format.name] = format
    return MappingProxyType(dict(sorted(found.items())))


def find_format(name: str) -> Format:
    """The format of that name; Invalid names the nearest one."""
    known = formats().get(name)
    if known is None:
        names = (*formats(), AUTO)
        hint = did_you_mean(name, names) or f"; the formats are {', '.join(names)}"
        detail = f"there is no import format {name[:80]!r}{hint}"
        raise Invalid(detail, Fault(code="unknown-format", detail=detail, parameter="format"))
    return known


def recognise_format(head: bytes) -> Format:
    """The format of a file that begins so; Invalid if no format or several take it for theirs."""
    found = [format for format in formats().values() if format.recognises(head)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(format.name for format in found or formats().values())
    said = "could be any of" if found else "is in none of the formats known here:"
    detail = f"the file {said} {names}; name the format"
    raise Invalid(detail, Fault(code="unknown-format", detail=detail, parameter="format"))
