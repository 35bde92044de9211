"""Merges: events of one dataset that are the same, and the one that replaces the others."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nothing has been merged yet."""
    op.create_table(
        "merges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("winner_id", sa.Uuid(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("is_undone", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.slug"], name=op.f("fk_merges_dataset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
        info={"placement": "reference"},
    )
    op.create_index(op.f("ix_merges_created_at_id"), "merges", ["created_at", "id"])
    op.create_index(op.f("ix_merges_winner_id"), "merges", ["winner_id"])
    op.create_table(
        "merged_events",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("winner_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"], ["datasets.slug"], name=op.f("fk_merged_events_dataset")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_merged_events")),
        info={"placement": "reference"},
    )
    op.create_index(op.f("ix_merged_events_winner_id"), "merged_events", ["winner_id"])
    op.create_index(op.f("ix_merged_events_merge_id"), "merged_events", ["merge_id"])
    op.create_table(
        "past_merged_events",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("winner_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("until_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "from_position", name=op.f("pk_past_merged_events")),
        info={"placement": "reference"},
    )
    op.create_index(op.f("ix_past_merged_events_winner_id"), "past_merged_events", ["winner_id"])
    op.create_index(op.f("ix_past_merged_events_merge_id"), "past_merged_events", ["merge_id"])


def downgrade() -> None:
    """Drop the tables; what was merged stays away, as if it had been deleted."""
    for table in ("past_merged_events", "merged_events", "merges"):
        op.drop_table(table)
