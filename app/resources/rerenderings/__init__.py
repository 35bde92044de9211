"""Propagation of changed actors and sources into many events."""
