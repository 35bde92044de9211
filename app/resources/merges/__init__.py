"""Merges: events of one dataset that are the same, and the event that stands for the others."""
