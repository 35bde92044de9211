"""ASGI middleware: one pass over each request and each response."""
