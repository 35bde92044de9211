"""Limits on database use: admission, deadlines and the circuit breaker."""
