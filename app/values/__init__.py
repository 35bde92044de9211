"""Dates, places, text and codes: pure values with no table."""
