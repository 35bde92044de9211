"""Actors and sources at scale: propagation of changes to their events, name search, merges."""

import sqlalchemy as sa
from alembic import op

from app.db.ddl import sort_by_bytes

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "rerenderings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("into", sa.Text(), nullable=True),
        sa.Column("dataset", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("after_key", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rerenderings")),
        info={"placement": "local"},
    )
    op.create_index(
        op.f("ix_rerenderings_status_created_at"),
        "rerenderings",
        ["status", "created_at"],
        unique=False,
    )
    op.create_table(
        "name_keys",
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("key", sort_by_bytes(sa.Text()), nullable=False),
        sa.Column("slug", sort_by_bytes(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("noun", "key", "slug", name=op.f("pk_name_keys")),
        info={"placement": "reference"},
    )
    op.create_index(op.f("ix_name_keys_slug_noun"), "name_keys", ["slug", "noun"], unique=False)
    op.create_table(
        "former_slugs",
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("slug", sort_by_bytes(sa.Text()), nullable=False),
        sa.Column("into", sort_by_bytes(sa.Text()), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=True),
        sa.Column("merged_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("noun", "slug", name=op.f("pk_former_slugs")),
        info={"placement": "reference"},
    )
    op.create_index(
        op.f("ix_former_slugs_noun_into"), "former_slugs", ["noun", "into"], unique=False
    )


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.drop_table(table)


TABLES = ("former_slugs", "name_keys", "rerenderings")
