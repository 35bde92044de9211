"""Parsing of cells, names and countries, and builders of records; shared by the formats."""
