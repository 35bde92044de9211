"""Names in queries: resolution to records, fuzzy search and suggestions."""
