"""The two databases: SQLite on sqlite3, PostgreSQL on asyncpg."""
