"""Removal of records whose row is missing from a newer file."""
