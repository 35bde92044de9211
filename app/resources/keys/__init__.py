"""Keys: who may do what, for administrators only."""
