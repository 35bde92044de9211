"""Vocabularies: event types, closed lists, and the one code layer over HTTP."""
