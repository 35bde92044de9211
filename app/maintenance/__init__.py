"""Maintenance of a database: backup, restore, purge and background workers."""
