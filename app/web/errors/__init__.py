"""Problem documents (RFC 9457): from exceptions to responses."""
