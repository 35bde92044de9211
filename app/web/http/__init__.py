"""HTTP semantics: conditional requests, content negotiation, bodies and responses."""
