"""Relations: directed, named links between two events."""
