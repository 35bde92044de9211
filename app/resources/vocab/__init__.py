"""Vocabularies: event types, closed lists, and lookups of codes over HTTP."""
