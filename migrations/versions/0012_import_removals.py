"""The coverage of an import, and the records whose removal waits for confirmation."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns and the table."""
    op.add_column("imports", sa.Column("coverage", sa.JSON(none_as_null=True)))
    op.add_column("imports", sa.Column("removals", sa.JSON(none_as_null=True)))
    op.create_table(
        "import_removals",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "event_id", name=op.f("pk_import_removals")),
        info={"placement": "local"},
    )
    op.create_index(op.f("ix_import_removals_event_id"), "import_removals", ["event_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("import_removals")
    op.drop_column("imports", "removals")
    op.drop_column("imports", "coverage")
