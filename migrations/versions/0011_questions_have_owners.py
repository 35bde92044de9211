"""The owners of saved questions, and their visibility, private or public.

Present questions have no visibility yet (null): the first server that starts runs each of them
again, to find out whether all that it names and counts is public. Until then only admins see them.
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
