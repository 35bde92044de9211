"""Saved questions: pinned to a position, so that they can be cited."""
