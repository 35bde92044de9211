"""Keeping the records sound: checking them, backing them up, removing for good, rendering anew."""
