"""Text search in the statements of claims."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

from app.db.migrations import create_text_index
from app.db.types import WordsType
from app.values.tokenizer import EventTokens, tokenize

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BATCH = 1000


def upgrade() -> None:
    """Make the tables, and fill them from the claims that there are."""
    op.create_table(
        "claim_texts",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rowid", sa.BigInteger(), nullable=False),
        sa.Column("made_day", sa.Integer(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("words", WordsType(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_claim_texts")),
        info={"placement": "hash:event_id", "full_text": True},
    )
    create_text_index("claim_texts")
    op.create_table(
        "past_claim_texts",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rowid", sa.BigInteger(), nullable=False),
        sa.Column("made_day", sa.Integer(), nullable=False),
        sa.Column("words", WordsType(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("until_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "event_id", "id", "from_position", name=op.f("pk_past_claim_texts")
        ),
        info={"placement": "hash:event_id"},
    )
    fill("claims", {})
    fill("past_claims", {"until_position": sa.BigInteger()})


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("past_claim_texts")
    op.drop_table("claim_texts")


KEPT = {
    "event_id": sa.Uuid(),
    "id": sa.Uuid(),
    "made_day": sa.Integer(),
    "from_position": sa.BigInteger(),
}
ADDED = {"rowid": sa.BigInteger(), "words": WordsType()}


def columns(types: Mapping[str, Any]) -> list[sa.ColumnClause[Any]]:
    """Return columns of these names and types, for one table."""
    return [sa.column(name, type_) for name, type_ in types.items()]


def fill(table: str, others: Mapping[str, Any]) -> None:
    """Add the words of every claim in the table; copy the columns `others` too."""
    kept = {**KEPT, **others}
    texts = sa.table(table.replace("claims", "claim_texts"), *columns({**kept, **ADDED}))
    claims = sa.table(table, *columns({**kept, "document": sa.Text()}))
    connection = op.get_bind()
    for rows in connection.execute(sa.select(claims)).mappings().partitions(BATCH):
        connection.execute(sa.insert(texts), list(text_rows(rows)))


def text_rows(rows: Sequence[sa.RowMapping]) -> Iterator[dict[str, Any]]:
    """Yield the rows of words for rows of claims."""
    for row in rows:
        kept = {name: value for name, value in row.items() if name != "document"}
        paraphrase = orjson.loads(row["document"])["paraphrase"]
        words = EventTokens(title=(), names=(), summary=tuple(tokenize(paraphrase)))
        yield {**kept, "rowid": row["from_position"], "words": words}
