"""The words of events in their order: a page of a common word ends as soon as it is full."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INDEX = "ix_event_texts_rowid"


def upgrade() -> None:
    """Make the index; an FTS5 table is in that order by itself."""
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(op.f(INDEX), "event_texts", ["rowid"])


def downgrade() -> None:
    """Drop it."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(op.f(INDEX), "event_texts")
