"""Readers of import files: detection, tables, JSON rows and lines."""
