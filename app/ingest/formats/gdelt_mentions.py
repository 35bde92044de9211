"""GDELT mentions: an article that mentions an event in each row, perhaps before the event's row."""

from collections.abc import Iterator

from app.ingest.gdelt.articles import UNNAMED_ARTICLE, list_sources, make_gdelt_claim, parse_article
from app.ingest.gdelt.columns import MENTIONS
from app.ingest.gdelt.gdelt_dataset import DATASET
from app.ingest.gdelt.gdelt_timestamps import read_event_id, read_timestamp_day
from app.ingest.gdelt.layouts import GdeltLayout, GdeltTable, map_column_names, read_first_lines
from app.ingest.reading.import_format import BadRow, FileContext, FileRow, ImportFormat, MappedClaim
from app.ingest.reading.text_lines import TextLines
from app.ingest.report import RowFinding

TABLE = GdeltTable(
    what="GDELT mentions",
    layouts=(GdeltLayout("2.0", MENTIONS, (), ("EventTimeDate", "MentionTimeDate")),),
    needed=frozenset(MENTIONS),
    renamed=map_column_names(MENTIONS),
)
MOST_CONFIDENT = 100


def recognize(head: bytes) -> str | None:
    """Return the reason if a file has GDELT's mentions."""
    return TABLE.recognize(read_first_lines(head))


def read(lines: TextLines) -> Iterator[FileRow | RowFinding]:
    """Yield the rows, with or without a header."""
    return TABLE.read(lines)


def map_row(row: FileRow, context: FileContext) -> MappedClaim:
    """Map one row to one claim of GDELT about the event that it names."""
    del context
    cells = row.cells
    event = read_event_id("GlobalEventID", cells["GlobalEventID"])
    made_on = read_timestamp_day("MentionTimeDate", cells["MentionTimeDate"])
    article = parse_article(cells["MentionIdentifier"])
    if article.key == UNNAMED_ARTICLE:
        raise BadRow("MentionIdentifier", None, "the row names no article")
    return MappedClaim(
        event,
        article.key,
        make_gdelt_claim(article, made_on),
        list_sources(article),
        confidence=_read_confidence(cells["Confidence"]),
    )


def _read_confidence(text: str) -> int:
    """Return GDELT's confidence, 10 to 100, that the article reports this event."""
    if text.isdecimal() and text.isascii() and len(text) <= 3 and int(text) <= MOST_CONFIDENT:
        return int(text)
    raise BadRow("Confidence", text, f"this is not a whole number from 0 to {MOST_CONFIDENT}")


FORMAT = ImportFormat(
    name="gdelt-mentions",
    title="GDELT mentions 2.0",
    mapper_version=1,
    dataset=DATASET,
    recognize=recognize,
    read=read,
    map_row=map_row,
)
