"""Dates, places, text and codes: pure values without tables."""
