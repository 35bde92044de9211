"""Rows to bytes, with no HTTP."""
