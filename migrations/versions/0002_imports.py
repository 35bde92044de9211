"""Rows that are claims about the events of other rows, which they may wait for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "claim_rows",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("row_hash", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("is_waiting", sa.SmallInteger(), nullable=False),
        sa.Column("confidence", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("mapper_version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("mapped", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.slug"], name=op.f("fk_claim_rows_dataset")),
        sa.ForeignKeyConstraint(["source"], ["sources.slug"], name=op.f("fk_claim_rows_source")),
        sa.ForeignKeyConstraint(["origin"], ["sources.slug"], name=op.f("fk_claim_rows_origin")),
        sa.PrimaryKeyConstraint("event_id", "row_hash", name=op.f("pk_claim_rows")),
        info={"placement": "hash:event_id"},
    )
    op.create_index(op.f("ix_claim_rows_source"), "claim_rows", ["source"])
    op.create_index(op.f("ix_claim_rows_origin"), "claim_rows", ["origin"])
    waiting = sa.text("is_waiting = 1")
    op.create_index(
        "ix_claim_rows_waiting",
        "claim_rows",
        ["dataset", "event_id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    """Drop the table; its indexes go with it."""
    op.drop_table("claim_rows")
