"""Filters: from parameter values to predicates."""
