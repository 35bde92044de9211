"""Rules for names and prose, and the places that break them; CONTRIBUTING.md explains the rules."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests import source
from tests.source import ROOT

PREDICATES = frozenset({"is", "has", "can", "needs", "may", "must", "does", "are", "should"})
NOUN_CLAUSE = re.compile(
    r"(what|who|whom|whose|whether|how|which|where|when|why|that|whatever|whoever)\b", re.I
)
"""The beginning of a sentence that uses a clause as a noun."""

TRANSLATED = re.compile(
    r"\b(anew|whom|that which|those which|lets? go of|stands? for|stood for|ha(s|ve) none|is none"
    r"|are told|is told|was told|be told|is put to|reckon\w*|nobody's|of them all|goes on beside"
    r"|so many of|beside which|each of which|none of which|of which neither)\b",
    re.I,
)
"""Turns of phrase that a reader whose first language is English reads twice."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@cache
def verbs() -> frozenset[str]:
    """Return the verbs, in their base form, that a function's name or docstring may begin with."""
    return frozenset(Path(__file__).with_name("verbs.txt").read_text(encoding="utf-8").split())


def definitions(path: str) -> Iterator[Definition]:
    """Yield the functions, methods and classes of a file, also nested ones."""
    for node in ast.walk(source.parse(path)):
        if isinstance(node, Definition):
            yield node


def unclear_names(path: str) -> Iterator[str]:
    """Yield the private functions and methods whose name does not begin with a verb."""
    for node in definitions(path):
        name = node.name
        if isinstance(node, ast.ClassDef) or not name.startswith("_") or name.endswith("__"):
            continue
        if _is_property(node):
            continue
        first = name.lstrip("_").partition("_")[0]
        if first not in verbs() and first not in PREDICATES:
            yield f"{path}:{node.lineno} {name} does not begin with a verb"


def unclear_docstrings(path: str) -> Iterator[str]:
    """Yield the docstrings that begin in another way than their kind of definition does."""
    module = ast.get_docstring(source.parse(path)) or ""
    if NOUN_CLAUSE.match(module):
        yield f"{path}:1 the docstring of a module is a noun phrase: {_first_line(module)}"
    for node in definitions(path):
        text = ast.get_docstring(node) or ""
        if not text:
            continue
        if isinstance(node, ast.ClassDef) or _is_property(node):
            if NOUN_CLAUSE.match(text):
                yield f"{path}:{node.lineno} {node.name}: not a noun phrase: {_first_line(text)}"
        elif re.split(r"[^a-z]", text.lower())[0] not in verbs():
            yield f"{path}:{node.lineno} {node.name}: no imperative verb: {_first_line(text)}"


def unclear_sentences(path: str) -> Iterator[str]:
    """Yield the comments and docstrings with a sentence that is not plain English."""
    for line, text in _prose(path, tokenize.STRING):
        if NOUN_CLAUSE.match(text):
            yield f"{path}:{line} a clause as a noun: {_first_line(text)}"
    for line, text in _prose(path, tokenize.STRING, tokenize.COMMENT):
        for found in TRANSLATED.finditer(text):
            at = line + text[: found.start()].count("\n")
            yield f"{path}:{at} {found.group()!r} is not plain English"
        for sentence in re.finditer(
            r"(?:^|(?<=[.:;]\s))(What|Who|Whom|Whose|Whether)\b[^?\n]*", text
        ):
            at = line + text[: sentence.start()].count("\n")
            yield f"{path}:{at} a clause as a noun: {sentence.group()[:60]}"


def _prose(path: str, *kinds: int) -> Iterator[tuple[int, str]]:
    """Yield the docstrings, also of constants, or the comments of a file with their lines."""
    text = (ROOT / path).read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in kinds:
            continue
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ")
        elif token.line.lstrip().startswith(('"""', "'''")):
            yield token.start[0], token.string.strip("\"' \n")


def _is_property(node: Definition) -> bool:
    """Return whether a definition is read like an attribute."""
    marks = {
        source.dotted_name(mark).rpartition(".")[2]
        for mark in node.decorator_list
        if not isinstance(mark, ast.Call)
    }
    return bool(marks & {"property", "cached_property"})


def _first_line(text: str) -> str:
    return text.partition("\n")[0][:80]
