"""Shared parts of the two formats of The GDELT Project: dataset, days, actors, places, articles."""
