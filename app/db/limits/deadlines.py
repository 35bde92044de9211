"""Deadlines of the database for each kind of work."""

from dataclasses import dataclass

from app.settings import Settings

DAY_SECONDS = 86_400.0


@dataclass(frozen=True)
class Deadlines:
    """Seconds to connect, and for a short read, a long query, a write, an import's batch and an
    export's chunk.

    `silence` is the time without any answer during which work may be under way, before the
    database is probed on a new connection.
    """

    connect: float = 1.0
    read: float = 2.0
    query: float = 30.0
    write: float = 10.0
    batch: float = 60.0
    chunk: float = 30.0
    silence: float = 0.5


UNLIMITED = Deadlines(
    10.0, DAY_SECONDS, DAY_SECONDS, DAY_SECONDS, DAY_SECONDS, DAY_SECONDS, DAY_SECONDS
)
"""Deadlines of maintenance, which may take as long as it needs."""


def make_deadlines(settings: Settings) -> Deadlines:
    """Return the deadlines of the settings."""
    return Deadlines(
        connect=settings.connect_seconds,
        read=settings.read_seconds,
        # A caller's query is ended before that (db/limits/request_limits.py).
        query=10.0 + max(settings.question_seconds_anonymous, settings.question_seconds_keyed),
        write=settings.write_seconds,
        batch=settings.import_batch_seconds,
        chunk=settings.export_chunk_seconds,
    )
