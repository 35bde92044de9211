"""Access log, Prometheus metrics and the format of log lines."""
