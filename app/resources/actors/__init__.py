"""Actors: states, organizations, armed groups, persons and other bodies."""
