"""Benchmarks: the same data and the same queries, on Annals and on the controls."""
