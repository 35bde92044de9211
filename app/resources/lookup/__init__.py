"""Lookup of the actors or sources that a name, a code or an address may mean."""
