"""SQL constructs with one rendering for SQLite and one for PostgreSQL."""
