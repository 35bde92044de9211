"""Checks that stored documents, rows and history agree with each other."""
