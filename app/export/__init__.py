"""Formats of exports: events as bytes, without HTTP."""
