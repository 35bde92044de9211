"""An index of event words in date order: a page of a common word ends as soon as it is full."""

from app.db.migrations import create_order_index, drop_order_index

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    create_order_index("event_texts")


def downgrade() -> None:
    """Drop the index."""
    drop_order_index("event_texts")
