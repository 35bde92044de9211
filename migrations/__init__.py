"""The history of the schema: one Alembic tree for SQLite and PostgreSQL."""
