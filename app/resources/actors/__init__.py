"""Actors: states, organisations, armed groups, persons and bodies."""
