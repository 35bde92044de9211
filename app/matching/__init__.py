"""Similarity of two events with its reasons: the pure part of matching events of two datasets."""
