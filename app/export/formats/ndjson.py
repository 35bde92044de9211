"""NDJSON: one document per line."""

from app.export.writer import Writer

WRITER = Writer(
    name="ndjson",
    media_type="application/x-ndjson",
    after=b"\n",
    reference={
        "schema": {"type": "string", "description": "One JSON object a line."},
        "example": '{"id":"01902f4e-0000-7000-8000-000000000001"}',
    },
)
