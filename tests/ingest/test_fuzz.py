"""Spoiled files of every format: each is refused or leads to a report of its rows.

A format is tested once `every_format.py` lists it. A failure shows the seed that spoiled the file.
"""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from app.errors import AnnalsError, Invalid, TooLarge
from app.ingest.mapping.detection import (
    DetectedFormat,
    detect_format,
    find_format,
    list_import_formats,
)
from app.ingest.mapping.map_rows import MappedBatch
from app.ingest.reading.import_format import FileContext, ImportFormat
from app.ingest.reading.source_files import SNIFFED_BYTES
from app.ingest.reading.text_lines import LONGEST_LINE
from app.ingest.report import REJECTION, ImportReport
from app.models.events import event_documents
from tests.ingest.conftest import Import
from tests.ingest.every_format import EACH, SAMPLES
from tests.ingest.preparing import prepare

SEEDS = range(5)
KEPT_LINES = 25
SEPARATORS = (b"\t", b",", b";", b'"')

Spoil = Callable[[Random, list[bytes]], None]


def cut_lines(random: Random, lines: list[bytes]) -> None:
    for place in _some(random, lines):
        lines[place] = lines[place][: random.randrange(len(lines[place]) + 1)]


def swap_columns(random: Random, lines: list[bytes]) -> None:
    for place in _some(random, lines):
        separator = max(SEPARATORS, key=lines[place].count)
        cells = lines[place].split(separator)
        one, other = random.randrange(len(cells)), random.randrange(len(cells))
        cells[one], cells[other] = cells[other], cells[one]
        lines[place] = separator.join(cells)


def flip_bytes(random: Random, lines: list[bytes]) -> None:
    for place in _some(random, lines):
        line = bytearray(lines[place] or b" ")
        for _ in range(random.randrange(1, 5)):
            line[random.randrange(len(line))] = random.randrange(256)
        lines[place] = bytes(line)


def empty_cells(random: Random, lines: list[bytes]) -> None:
    for place in _some(random, lines):
        separator = max(SEPARATORS, key=lines[place].count)
        cells = lines[place].split(separator)
        kept = [cell if random.random() < 0.7 else b"" for cell in cells]
        lines[place] = separator.join(kept)


def lengthen_a_line(random: Random, lines: list[bytes]) -> None:
    place = random.randrange(len(lines))
    filling = random.choice([b"x", b"\t", b",", b'"', b"9", b"\xff", b"\0", b"[{"])
    lines[place] += filling * (LONGEST_LINE + 1)


def repeat_and_lose_lines(random: Random, lines: list[bytes]) -> None:
    chosen = [random.choice(lines) for _ in lines]
    random.shuffle(chosen)
    lines[:] = chosen


def glue_cells(random: Random, lines: list[bytes]) -> None:
    """Use another separator, unclosed quotes, or line ends within lines."""
    old, new = random.choice(SEPARATORS), random.choice((*SEPARATORS, b"\n", b"\r", b""))
    for place in _some(random, lines):
        lines[place] = lines[place].replace(old, new)


SPOILERS: Sequence[Spoil] = (
    cut_lines,
    swap_columns,
    flip_bytes,
    empty_cells,
    lengthen_a_line,
    repeat_and_lose_lines,
    glue_cells,
)


def _some(random: Random, lines: list[bytes]) -> list[int]:
    return random.sample(range(len(lines)), random.randrange(1, len(lines) // 2 + 2))


def spoilt(sample: Path, spoil: Spoil, seed: int) -> bytes:
    """Return the beginning of a sample, spoiled in the same way for the same seed."""
    random = Random(f"{sample.name} {spoil.__name__} {seed}")
    lines = sample.read_bytes().split(b"\n")[:KEPT_LINES]
    spoil(random, lines)
    return b"\n".join(lines)


def read_whole(path: Path, format: ImportFormat) -> list[MappedBatch] | AnnalsError:
    try:
        return list(prepare(path, format, FileContext("fuzz"), 100_000_000, 7))
    except (Invalid, TooLarge) as refused:
        return refused


def detect_or_refuse(text: bytes) -> DetectedFormat | Invalid:
    try:
        return detect_format(text[:SNIFFED_BYTES])
    except Invalid as refused:
        return refused


async def loaded(load: Import, path: Path, format: str) -> ImportReport | AnnalsError:
    try:
        return await load(path, format=format)
    except (Invalid, TooLarge) as refused:
        return refused


def test_every_format_has_a_sample() -> None:
    assert SAMPLES.keys() == list_import_formats().keys()


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda each: each.__name__)
@pytest.mark.parametrize(("name", "sample"), EACH, ids=lambda each: str(each).rpartition("/")[2])
def test_a_spoilt_file_is_reported_or_refused(
    tmp_path: Path, name: str, sample: Path, spoil: Spoil
) -> None:
    path = tmp_path / "file"
    for seed in SEEDS:
        text = spoilt(sample, spoil, seed)
        found = detect_or_refuse(text)
        if isinstance(found, DetectedFormat):
            assert (found.format.name, bool(found.reason)) == (name, True), seed
        else:
            assert found.detail, seed
        path.write_bytes(text)
        batches = read_whole(path, find_format(name))
        if isinstance(batches, AnnalsError):
            assert batches.detail, seed
        else:
            check_batches(batches, seed)


def check_batches(batches: list[MappedBatch], seed: int) -> None:
    findings = [each for batch in batches for each in batch.findings]
    rejected = [each for each in findings if each.severity == REJECTION]
    assert len(rejected) == sum(batch.rejected for batch in batches), seed
    assert all(each.line and each.reason for each in findings), seed
    ids = [row.id for batch in batches for row in batch.rows]
    assert len(ids) == len(set(ids)), seed


@pytest.mark.parametrize(("name", "samples"), SAMPLES.items())
async def test_what_is_in_is_whole(
    load: Import,
    scalar: Callable[[Any], Awaitable[Any]],
    tmp_path: Path,
    name: str,
    samples: tuple[Path, ...],
) -> None:
    path = tmp_path / "file"
    path.write_bytes(spoilt(samples[0], flip_bytes, 1))
    report = await loaded(load, path, name)
    events = await scalar(select(func.count()).select_from(event_documents))
    if isinstance(report, AnnalsError):
        assert report.detail
        assert events == 0
        return
    parts = report.rows.to_document()
    assert parts.pop("read") == sum(parts.values())
    assert parts["rejected"] == len(report.rejections)
    assert events == report.rows.created
