"""A made-up format whose rows refer to other rows' events, as GDELT's mentions do."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.ingest.reading.import_format import (
    DatasetFacts,
    FileContext,
    FileRow,
    ImportFormat,
    MappedClaim,
    SourceFacts,
)
from app.ingest.reading.text_lines import TextLines, read_csv_records
from app.ingest.row_parsing.record_builders import make_affirming_claim
from app.record.content import ClaimContent

COLUMNS = ("event", "article", "made_on", "sentence", "confidence")


def read(lines: TextLines) -> Iterator[FileRow]:
    """Read rows without a header."""
    for record in read_csv_records(lines):
        yield FileRow(record.line, dict(zip(COLUMNS, record.cells, strict=True)))


def map_row(row: FileRow, context: FileContext) -> MappedClaim:
    """Map one row to one claim of the article's site."""
    del context
    article, confidence = row.cells["article"], row.cells["confidence"]
    site = article.partition("/")[0].replace(".", "-")
    claim = make_affirming_claim(article, site, "dataset-coding", f"Mentioned, {confidence} %")
    made: ClaimContent = {**claim, "made_on": row.cells["made_on"]}
    sources = [SourceFacts(site, "newspaper", site)]
    return MappedClaim(row.cells["event"], article, made, sources, confidence=int(confidence))


MENTIONS = ImportFormat(
    name="mentions",
    title="Mentions",
    mapper_version=1,
    dataset=DatasetFacts("ucdp-ged", "UCDP", "UCDP.", "CC-BY-4.0", "UCDP", "https://ucdp.uu.se/"),
    recognize=lambda head: "it says so" if head.startswith(b"MENTIONS") else None,
    read=read,
    map_row=map_row,
)


def write_mentions(path: Path, rows: list[tuple[Any, ...]]) -> Path:
    """Write rows of (event, article, made_on, sentence, confidence)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path
