"""Records for writing: an event's document, its verification by claims, saves with their past."""
