"""The past of actors, sources and datasets, which referring records may outlive.

Present records count as having always existed. A merge is valid from the last change of the feed
at its time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.db.ddl import sort_by_bytes
from app.db.migrations import add_number

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the pasts, and take away the foreign keys that would keep the present from going."""
    for table, referring in REFERRING.items():
        with op.batch_alter_table(table) as batch:
            for column in referring:
                batch.drop_constraint(op.f(f"fk_{table}_{column}"), type_="foreignkey")
    with op.batch_alter_table("changes") as batch:
        batch.add_column(sa.Column("slug", sa.Text(), nullable=True))
        batch.alter_column("dataset", existing_type=sa.Text(), nullable=True)
    for table, (columns, key) in PASTS.items():
        add_number(table, "from_position", 0)
        op.create_table(
            f"past_{table}",
            *(sa.Column(name, type_, nullable=nullable) for name, type_, nullable in columns),
            sa.Column("from_position", sa.BigInteger(), nullable=False),
            sa.Column("until_position", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint(*key, "from_position", name=op.f(f"pk_past_{table}")),
            info={"placement": "reference"},
        )
    op.execute(sa.update(FORMER).values(from_position=sa.func.coalesce(_select_last_change(), 0)))


def downgrade() -> None:
    """Drop the pasts; what is gone and still named stands again."""
    for table in ("actors", "sources"):
        op.execute(_insert_restored(table))
    op.execute(sa.delete(CHANGES).where(CHANGES.c.slug.is_not(None)))
    with op.batch_alter_table("changes") as batch:
        batch.drop_column("slug")
        batch.alter_column("dataset", existing_type=sa.Text(), nullable=False)
    for table in PASTS:
        op.drop_table(f"past_{table}")
        op.drop_column(table, "from_position")
    for table, referring in reversed(list(REFERRING.items())):
        with op.batch_alter_table(table) as batch:
            for column, named in referring.items():
                batch.create_foreign_key(op.f(f"fk_{table}_{column}"), named, [column], ["slug"])


def _select_last_change() -> sa.ScalarSelect[Any]:
    """Select the position of the last change that was made no later than a merge."""
    earlier = sa.select(CHANGES.c.position).where(CHANGES.c.at <= FORMER.c.merged_at)
    latest_first = earlier.order_by(CHANGES.c.at.desc(), CHANGES.c.position.desc())
    return latest_first.limit(1).scalar_subquery()


def _insert_restored(table: str) -> sa.Insert:
    """Copy the last state of each deleted record that is referred to into the present."""
    names = [name for name, *_ in PASTS[table][0]]
    present = sa.table(table, *map(sa.column, names), sa.column("from_position"))
    past, other = (
        sa.table(f"past_{table}", *map(sa.column, [*names, "until_position"])).alias()
        for _ in range(2)
    )
    last = sa.select(sa.func.max(other.c.until_position)).where(other.c.slug == past.c.slug)
    naming = [
        sa.exists().where(sa.table(of, sa.column(column)).c[column] == past.c.slug)
        for of, referring in REFERRING.items()
        for column, named in referring.items()
        if named == table
    ]
    found = sa.select(*(past.c[name] for name in names), sa.literal(0)).where(
        past.c.until_position == last.scalar_subquery(),
        ~sa.exists().where(present.c.slug == past.c.slug),
        sa.or_(*naming),
    )
    return sa.insert(present).from_select([*names, "from_position"], found)


REFERRING: Mapping[str, Mapping[str, str]] = {
    "claim_rows": {"source": "sources", "origin": "sources"},
    "claims": {
        "source": "sources",
        "origin": "sources",
        "speaker": "actors",
        "speaks_for": "actors",
    },
    "participants": {"actor": "actors"},
    "sources": {"owner": "sources", "speaks_for": "actors"},
}
Columns = Sequence[tuple[str, Any, bool]]
_ORDERED = sort_by_bytes(sa.Text())
_STATE: Columns = (
    ("revision", sa.Integer(), False),
    ("created_at", sa.BigInteger(), False),
    ("updated_at", sa.BigInteger(), False),
    ("document", sa.Text(), False),
)
# The columns of each past, each with its type and whether it may be null, and its key.
PASTS: Mapping[str, tuple[Columns, tuple[str, ...]]] = {
    "actors": (
        (
            ("slug", _ORDERED, False),
            ("dataset", sa.Text(), True),
            ("kind", sa.Text(), False),
            ("name", _ORDERED, False),
            ("country", sa.Text(), True),
            *_STATE,
        ),
        ("slug",),
    ),
    "actor_names": (
        (("folded", _ORDERED, False), ("actor", sa.Text(), False)),
        ("folded", "actor"),
    ),
    "actor_codes": (
        (("scheme", sa.Text(), False), ("code", sa.Text(), False), ("actor", sa.Text(), False)),
        ("scheme", "code", "actor"),
    ),
    "sources": (
        (
            ("slug", _ORDERED, False),
            ("dataset", sa.Text(), True),
            ("kind", sa.Text(), False),
            ("name", _ORDERED, False),
            ("reliability", sa.Text(), False),
            ("owner", sa.Text(), True),
            ("speaks_for", sa.Text(), True),
            ("country", sa.Text(), True),
            ("language", sa.Text(), True),
            *_STATE,
        ),
        ("slug",),
    ),
    "datasets": (
        (
            ("slug", _ORDERED, False),
            ("title", _ORDERED, False),
            ("is_private", sa.SmallInteger(), False),
            ("released_on", sa.Date(), True),
            *_STATE,
        ),
        ("slug",),
    ),
    "former_slugs": (
        (
            ("noun", sa.Text(), False),
            ("slug", _ORDERED, False),
            ("into", _ORDERED, False),
            ("dataset", sa.Text(), True),
            ("merged_at", sa.BigInteger(), False),
        ),
        ("noun", "slug"),
    ),
}
FORMER = sa.table("former_slugs", sa.column("merged_at"), sa.column("from_position"))
CHANGES = sa.table("changes", sa.column("position"), sa.column("at"), sa.column("slug"))
