"""Other slugs for records that imports created beside hidden ones."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    in_byte_order = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "import_slugs",
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("named", in_byte_order, nullable=False),
        sa.Column("slug", in_byte_order, nullable=False),
        sa.PrimaryKeyConstraint("noun", "owner", "named", name=op.f("pk_import_slugs")),
        info={"placement": "reference"},
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("import_slugs")
