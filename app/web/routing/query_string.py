"""Query strings: percent-decoded UTF-8, with repeated parameters only for lists."""

from urllib.parse import unquote_to_bytes

from app.errors import Fault, Invalid

QueryValues = dict[str, str | list[str]]


def read_query(raw: bytes, lists: frozenset[str]) -> QueryValues:
    """Return the parameters by name; those named in `lists` are always lists.

    Raise `Invalid`, which names the parameter, for a single-valued parameter that is given twice,
    bytes that are not UTF-8, and NUL characters.
    """
    values: QueryValues = {}
    if not raw:
        return values
    for pair in raw.split(b"&"):
        if not pair:
            continue
        encoded_name, _, encoded_value = pair.partition(b"=")
        name = _decode(encoded_name, "")
        value = _decode(encoded_value, name)
        if name not in values:
            values[name] = [value] if name in lists else value
            continue
        present = values[name]
        if isinstance(present, str):
            raise _make_error(name, "repeated", "this may be given only once")
        present.append(value)
    return values


def _decode(encoded: bytes, name: str) -> str:
    if b"+" in encoded:
        encoded = encoded.replace(b"+", b" ")
    if b"%" in encoded:
        encoded = unquote_to_bytes(encoded)
    try:
        text = encoded.decode()
    except UnicodeDecodeError:
        raise _make_error(name, "not-utf-8", "this is not percent-encoded UTF-8") from None
    if "\0" in text:
        raise _make_error(name, "nul-character", "this contains a NUL character")
    return text


def _make_error(name: str, code: str, detail: str) -> Invalid:
    where = name or "the query string"
    return Invalid(f"{where}: {detail}", Fault(code=code, detail=detail, parameter=name))
