"""Bytes to records: a provider's file is read, mapped, resolved, written and reported."""
