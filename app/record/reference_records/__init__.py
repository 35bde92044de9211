"""Actors, sources and datasets: records that are identified by a slug."""
