"""API keys, for administrators only."""
