"""Saved questions have owners, and are private or public.

Those that are there are neither yet (`visibility` null): whether all that they name and count is
public takes asking them again, which the first server that starts does, one after the other. Until
then they show to admins alone.
"""

import sqlalchemy as sa
from alembic import op

from app.db.migrations import add_number

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("questions", sa.Column("owner", sa.Text(), nullable=True))
    op.add_column("questions", sa.Column("visibility", sa.Text(), nullable=True))
    op.add_column("questions", sa.Column("deleted_at", sa.BigInteger(), nullable=True))
    add_number("questions", "revision", 1)


def downgrade() -> None:
    """Drop them, with the questions that were deleted."""
    deleted = sa.table("questions", sa.column("deleted_at"))
    op.execute(sa.delete(deleted).where(deleted.c.deleted_at.is_not(None)))
    for name in ("revision", "deleted_at", "visibility", "owner"):
        op.drop_column("questions", name)
