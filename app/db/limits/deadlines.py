"""How long the database may take for each kind of work."""

from dataclasses import dataclass

from app.settings import Settings

DAY_SECONDS = 86_400.0


@dataclass(frozen=True)
class Deadlines:
    """Seconds: to connect, for a short read, a long question, a write, a batch of an import, a
    chunk of an export.

    `silence` is how long nothing at all may come while something is under way, before the
    database is asked on a connection of its own whether it is there.
    """

    connect: float = 1.0
    read: float = 2.0
    question: float = 30.0
    write: float = 10.0
    batch: float = 60.0
    chunk: float = 30.0
    silence: float = 0.5


UNLIMITED = Deadlines(
    10.0, DAY_SECONDS, DAY_SECONDS, DAY_SECONDS, DAY_SECONDS, DAY_SECONDS, DAY_SECONDS
)
"""For maintenance, which takes as long as it takes."""


def make_deadlines(settings: Settings) -> Deadlines:
    """The deadlines that the settings say."""
    return Deadlines(
        connect=settings.connect_seconds,
        read=settings.read_seconds,
        # Admission ends a caller's question before that (db/limits/request_limits.py).
        question=10.0 + max(settings.question_seconds_anonymous, settings.question_seconds_keyed),
        write=settings.write_seconds,
        batch=settings.import_batch_seconds,
        chunk=settings.export_chunk_seconds,
    )
