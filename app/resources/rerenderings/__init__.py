"""Rerenderings: changes of actors and sources on their way into many events."""
