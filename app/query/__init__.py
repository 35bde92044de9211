"""Queries: from parameters to predicates, a plan, and one compiled select."""
