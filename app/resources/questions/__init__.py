"""Saved queries, pinned to a position, so that they can be cited; the API calls them questions."""
