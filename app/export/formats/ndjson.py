"""NDJSON: one document a line."""

from app.export.writer import Writer

WRITER = Writer(name="ndjson", media_type="application/x-ndjson", after=b"\n")
