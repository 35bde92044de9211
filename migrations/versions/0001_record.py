"""The record: events with their claims, the past beside the present, and the change feed."""

import sqlalchemy as sa
from alembic import op

from app.db.ddl import sort_by_bytes
from app.db.migrations import create_text_index
from app.db.types import WordsType

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BYTE_ORDERED = sort_by_bytes(sa.Text())


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "changes",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("to_dataset", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", "position", name=op.f("pk_changes")),
        info={"placement": "hash:event_id"},
    )
    op.create_index(op.f("ix_changes_at"), "changes", ["at"], unique=False)
    op.create_index(op.f("ix_changes_id"), "changes", ["id"], unique=False)
    op.create_index(op.f("ix_changes_position"), "changes", ["position"], unique=False)
    op.create_table(
        "datasets",
        sa.Column("slug", BYTE_ORDERED, nullable=False),
        sa.Column("title", BYTE_ORDERED, nullable=False),
        sa.Column("is_private", sa.SmallInteger(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_datasets")),
        info={"placement": "reference"},
    )
    op.create_table(
        "event_terms",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("order_key", sa.BigInteger(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "kind", "term", name=op.f("pk_event_terms")),
        info={"placement": "hash:event_id"},
    )
    op.create_index(
        op.f("ix_event_terms_kind_term_order_key_event_id"),
        "event_terms",
        ["kind", "term", "order_key", "event_id"],
        unique=False,
    )
    op.create_table(
        "event_texts",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("rowid", sa.BigInteger(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("words", WordsType(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_texts")),
        info={"placement": "hash:event_id", "full_text": True},
    )
    create_text_index("event_texts")
    op.create_table(
        "event_types",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("type", name=op.f("pk_event_types")),
        info={"placement": "reference"},
    )
    feed = op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("transaction_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
        info={"placement": "local"},
    )
    op.create_table(
        "import_findings",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_findings")),
        info={"placement": "local"},
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("is_dataset_given", sa.SmallInteger(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("format_reason", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_dry_run", sa.SmallInteger(), nullable=False),
        sa.Column("is_mirror", sa.SmallInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("alive_at", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        info={"placement": "local"},
    )
    op.create_index(op.f("ix_imports_created_at_id"), "imports", ["created_at", "id"], unique=False)
    op.create_table(
        "keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("datasets", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
        info={"placement": "reference"},
    )
    op.create_table(
        "known_statuses",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Integer(), nullable=False),
        sa.Column("until_day", sa.Integer(), nullable=False),
        sa.Column("order_key", sa.BigInteger(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("affirming", sa.Integer(), nullable=False),
        sa.Column("denying", sa.Integer(), nullable=False),
        sa.Column("independent", sa.Integer(), nullable=False),
        sa.Column("fatalities_low", sa.Integer(), nullable=True),
        sa.Column("fatalities_best", sa.Integer(), nullable=False),
        sa.Column("fatalities_high", sa.Integer(), nullable=True),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "from_day", name=op.f("pk_known_statuses")),
        info={"placement": "hash:event_id"},
    )
    op.create_index(
        op.f("ix_known_statuses_order_key"), "known_statuses", ["order_key"], unique=False
    )
    op.create_table(
        "past_claims",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("made_day", sa.Integer(), nullable=False),
        sa.Column("credibility", sa.SmallInteger(), nullable=False),
        sa.Column("is_retracted", sa.SmallInteger(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("stance", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("speaker", sa.Text(), nullable=True),
        sa.Column("speaks_for", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("until_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "id", "from_position", name=op.f("pk_past_claims")),
        info={"placement": "hash:event_id"},
    )
    op.create_index(op.f("ix_past_claims_id"), "past_claims", ["id"], unique=False)
    op.create_table(
        "past_event_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rendering", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("until_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", "from_position", name=op.f("pk_past_event_documents")),
        info={"placement": "hash:id"},
    )
    op.create_table(
        "past_event_terms",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("order_key", sa.BigInteger(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("until_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "event_id", "kind", "term", "from_position", name=op.f("pk_past_event_terms")
        ),
        info={"placement": "hash:event_id"},
    )
    op.create_index(
        op.f("ix_past_event_terms_kind_term_order_key"),
        "past_event_terms",
        ["kind", "term", "order_key"],
        unique=False,
    )
    op.create_table(
        "past_event_texts",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("rowid", sa.BigInteger(), nullable=False),
        sa.Column("words", WordsType(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("until_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "from_position", name=op.f("pk_past_event_texts")),
        info={"placement": "hash:event_id"},
    )
    op.create_table(
        "past_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_key", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("roles", sa.BigInteger(), nullable=False),
        sa.Column("latest_day", sa.Integer(), nullable=False),
        sa.Column("first_made_day", sa.Integer(), nullable=False),
        sa.Column("fatalities_best", sa.Integer(), nullable=False),
        sa.Column("cell_1", sa.Integer(), nullable=True),
        sa.Column("cell_5", sa.Integer(), nullable=True),
        sa.Column("cell_20", sa.Integer(), nullable=True),
        sa.Column("is_long", sa.SmallInteger(), nullable=False),
        sa.Column("is_certain", sa.SmallInteger(), nullable=False),
        sa.Column("longitude", sa.Float(precision=53), nullable=True),
        sa.Column("latitude", sa.Float(precision=53), nullable=True),
        sa.Column("x", sa.Float(precision=53), nullable=True),
        sa.Column("y", sa.Float(precision=53), nullable=True),
        sa.Column("z", sa.Float(precision=53), nullable=True),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("lifecycle", sa.Text(), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("title", BYTE_ORDERED, nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("until_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", "from_position", name=op.f("pk_past_events")),
        info={"placement": "hash:id"},
    )
    op.create_index(
        op.f("ix_past_events_country_order_key"),
        "past_events",
        ["country", "order_key"],
        unique=False,
    )
    op.create_index(op.f("ix_past_events_order_key"), "past_events", ["order_key"], unique=False)
    op.create_table(
        "past_known_statuses",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Integer(), nullable=False),
        sa.Column("until_day", sa.Integer(), nullable=False),
        sa.Column("order_key", sa.BigInteger(), nullable=False),
        sa.Column("affirming", sa.Integer(), nullable=False),
        sa.Column("denying", sa.Integer(), nullable=False),
        sa.Column("independent", sa.Integer(), nullable=False),
        sa.Column("fatalities_low", sa.Integer(), nullable=True),
        sa.Column("fatalities_best", sa.Integer(), nullable=False),
        sa.Column("fatalities_high", sa.Integer(), nullable=True),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("until_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "event_id", "from_day", "from_position", name=op.f("pk_past_known_statuses")
        ),
        info={"placement": "hash:event_id"},
    )
    op.create_table(
        "past_participants",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("roles", sa.BigInteger(), nullable=False),
        sa.Column("order_key", sa.BigInteger(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("until_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "event_id", "actor", "from_position", name=op.f("pk_past_participants")
        ),
        info={"placement": "hash:event_id"},
    )
    op.create_index(
        op.f("ix_past_participants_actor_order_key"),
        "past_participants",
        ["actor", "order_key"],
        unique=False,
    )
    op.create_table(
        "past_relations",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("to_event_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("to_dataset", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("until_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "id", "from_position", name=op.f("pk_past_relations")),
        info={"placement": "hash:event_id"},
    )
    op.create_index(op.f("ix_past_relations_id"), "past_relations", ["id"], unique=False)
    op.create_index(
        op.f("ix_past_relations_to_event_id"), "past_relations", ["to_event_id"], unique=False
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
        info={"placement": "reference"},
    )
    op.create_table(
        "actors",
        sa.Column("slug", BYTE_ORDERED, nullable=False),
        sa.Column("dataset", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", BYTE_ORDERED, nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.slug"], name=op.f("fk_actors_dataset")),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_actors")),
        info={"placement": "reference"},
    )
    op.create_index(op.f("ix_actors_name_slug"), "actors", ["name", "slug"], unique=False)
    op.create_index(
        op.f("ix_actors_updated_at_slug"), "actors", ["updated_at", "slug"], unique=False
    )
    op.create_table(
        "event_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rendering", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"], ["datasets.slug"], name=op.f("fk_event_documents_dataset")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_documents")),
        info={"placement": "hash:id"},
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_key", sa.BigInteger(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("roles", sa.BigInteger(), nullable=False),
        sa.Column("latest_day", sa.Integer(), nullable=False),
        sa.Column("first_made_day", sa.Integer(), nullable=False),
        sa.Column("fatalities_best", sa.Integer(), nullable=False),
        sa.Column("cell_1", sa.Integer(), nullable=True),
        sa.Column("cell_5", sa.Integer(), nullable=True),
        sa.Column("cell_20", sa.Integer(), nullable=True),
        sa.Column("is_long", sa.SmallInteger(), nullable=False),
        sa.Column("is_certain", sa.SmallInteger(), nullable=False),
        sa.Column("longitude", sa.Float(precision=53), nullable=True),
        sa.Column("latitude", sa.Float(precision=53), nullable=True),
        sa.Column("x", sa.Float(precision=53), nullable=True),
        sa.Column("y", sa.Float(precision=53), nullable=True),
        sa.Column("z", sa.Float(precision=53), nullable=True),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("lifecycle", sa.Text(), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("title", BYTE_ORDERED, nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.slug"], name=op.f("fk_events_dataset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        info={"placement": "hash:id"},
    )
    op.create_index(
        op.f("ix_events_cell_1_order_key"),
        "events",
        ["cell_1", "order_key"],
        unique=False,
        sqlite_where=sa.text("cell_1 IS NOT NULL"),
        postgresql_where=sa.text("cell_1 IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_events_cell_20_order_key"),
        "events",
        ["cell_20", "order_key"],
        unique=False,
        sqlite_where=sa.text("cell_20 IS NOT NULL"),
        postgresql_where=sa.text("cell_20 IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_events_cell_5_order_key"),
        "events",
        ["cell_5", "order_key"],
        unique=False,
        sqlite_where=sa.text("cell_5 IS NOT NULL"),
        postgresql_where=sa.text("cell_5 IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_events_country_order_key_from_position"),
        "events",
        ["country", "order_key", "from_position"],
        unique=False,
    )
    op.create_index(
        op.f("ix_events_dataset_order_key"), "events", ["dataset", "order_key"], unique=False
    )
    op.create_index(op.f("ix_events_external_id"), "events", ["external_id"], unique=False)
    op.create_index(
        op.f("ix_events_fatalities_best_order_key"),
        "events",
        ["fatalities_best", "order_key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_events_lifecycle_order_key"), "events", ["lifecycle", "order_key"], unique=False
    )
    op.create_index(
        "ix_events_long",
        "events",
        ["order_key"],
        unique=False,
        sqlite_where=sa.text("is_long = 1"),
        postgresql_where=sa.text("is_long = 1"),
    )
    op.create_index(
        op.f("ix_events_order_key_from_position"),
        "events",
        ["order_key", "from_position"],
        unique=False,
    )
    op.create_index(
        op.f("ix_events_title_order_key"), "events", ["title", "order_key"], unique=False
    )
    op.create_index(op.f("ix_events_type_order_key"), "events", ["type", "order_key"], unique=False)
    op.create_index(
        op.f("ix_events_updated_at_order_key"), "events", ["updated_at", "order_key"], unique=False
    )
    op.create_index(
        op.f("ix_events_verification_order_key"),
        "events",
        ["verification", "order_key"],
        unique=False,
    )
    op.create_table(
        "relations",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("to_event_id", sa.Uuid(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("to_dataset", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.slug"], name=op.f("fk_relations_dataset")),
        sa.ForeignKeyConstraint(
            ["to_dataset"], ["datasets.slug"], name=op.f("fk_relations_to_dataset")
        ),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_relations")),
        info={"placement": "hash:event_id"},
    )
    op.create_index(
        op.f("ix_relations_created_at_id"), "relations", ["created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_relations_id"), "relations", ["id"], unique=False)
    op.create_index(op.f("ix_relations_to_event_id"), "relations", ["to_event_id"], unique=False)
    op.create_table(
        "source_rows",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("mapper_version", sa.Integer(), nullable=False),
        sa.Column("row_hash", sa.Text(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("mapped", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_revision", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dataset"], ["datasets.slug"], name=op.f("fk_source_rows_dataset")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_source_rows")),
        info={"placement": "hash:event_id"},
    )
    op.create_table(
        "actor_codes",
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor"], ["actors.slug"], name=op.f("fk_actor_codes_actor")),
        sa.PrimaryKeyConstraint("scheme", "code", "actor", name=op.f("pk_actor_codes")),
        info={"placement": "reference"},
    )
    op.create_index(op.f("ix_actor_codes_actor"), "actor_codes", ["actor"], unique=False)
    op.create_table(
        "actor_names",
        sa.Column("folded", BYTE_ORDERED, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor"], ["actors.slug"], name=op.f("fk_actor_names_actor")),
        sa.PrimaryKeyConstraint("folded", "actor", name=op.f("pk_actor_names")),
        info={"placement": "reference"},
    )
    op.create_index(op.f("ix_actor_names_actor"), "actor_names", ["actor"], unique=False)
    op.create_table(
        "participants",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("roles", sa.BigInteger(), nullable=False),
        sa.Column("order_key", sa.BigInteger(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["actor"], ["actors.slug"], name=op.f("fk_participants_actor")),
        sa.PrimaryKeyConstraint("event_id", "actor", name=op.f("pk_participants")),
        info={"placement": "hash:event_id"},
    )
    op.create_index(
        op.f("ix_participants_actor_order_key_event_id"),
        "participants",
        ["actor", "order_key", "event_id"],
        unique=False,
    )
    op.create_table(
        "sources",
        sa.Column("slug", BYTE_ORDERED, nullable=False),
        sa.Column("dataset", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", BYTE_ORDERED, nullable=False),
        sa.Column("reliability", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("speaks_for", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.slug"], name=op.f("fk_sources_dataset")),
        sa.ForeignKeyConstraint(["owner"], ["sources.slug"], name=op.f("fk_sources_owner")),
        sa.ForeignKeyConstraint(
            ["speaks_for"], ["actors.slug"], name=op.f("fk_sources_speaks_for")
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_sources")),
        info={"placement": "reference"},
    )
    op.create_index(op.f("ix_sources_name_slug"), "sources", ["name", "slug"], unique=False)
    op.create_index(op.f("ix_sources_owner"), "sources", ["owner"], unique=False)
    op.create_index(
        op.f("ix_sources_updated_at_slug"), "sources", ["updated_at", "slug"], unique=False
    )
    op.create_table(
        "claims",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("made_day", sa.Integer(), nullable=False),
        sa.Column("credibility", sa.SmallInteger(), nullable=False),
        sa.Column("is_retracted", sa.SmallInteger(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("stance", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("speaker", sa.Text(), nullable=True),
        sa.Column("speaks_for", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.slug"], name=op.f("fk_claims_dataset")),
        sa.ForeignKeyConstraint(["origin"], ["sources.slug"], name=op.f("fk_claims_origin")),
        sa.ForeignKeyConstraint(["source"], ["sources.slug"], name=op.f("fk_claims_source")),
        sa.ForeignKeyConstraint(["speaker"], ["actors.slug"], name=op.f("fk_claims_speaker")),
        sa.ForeignKeyConstraint(["speaks_for"], ["actors.slug"], name=op.f("fk_claims_speaks_for")),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_claims")),
        info={"placement": "hash:event_id"},
    )
    op.create_index(
        op.f("ix_claims_event_id_made_day"), "claims", ["event_id", "made_day"], unique=False
    )
    op.create_index(op.f("ix_claims_id"), "claims", ["id"], unique=False)
    op.create_index(op.f("ix_claims_made_day_id"), "claims", ["made_day", "id"], unique=False)
    op.create_index(
        op.f("ix_claims_origin_made_day"), "claims", ["origin", "made_day"], unique=False
    )
    op.create_index(
        op.f("ix_claims_source_made_day"), "claims", ["source", "made_day"], unique=False
    )
    op.create_index(
        op.f("ix_claims_speaker_made_day"), "claims", ["speaker", "made_day"], unique=False
    )
    op.create_index(
        op.f("ix_claims_speaks_for_made_day"), "claims", ["speaks_for", "made_day"], unique=False
    )
    op.bulk_insert(feed, [{"id": 1, "epoch": 0, "transaction_number": 0}])


def downgrade() -> None:
    """Drop every table; their indexes go with them."""
    for table in TABLES:
        op.drop_table(table)


TABLES = (
    "claims",
    "sources",
    "participants",
    "actor_names",
    "actor_codes",
    "source_rows",
    "relations",
    "events",
    "event_documents",
    "actors",
    "secrets",
    "past_relations",
    "past_participants",
    "past_known_statuses",
    "past_events",
    "past_event_texts",
    "past_event_terms",
    "past_event_documents",
    "past_claims",
    "known_statuses",
    "keys",
    "imports",
    "import_findings",
    "feed",
    "event_types",
    "event_texts",
    "event_terms",
    "datasets",
    "changes",
)
