"""Authentication and permissions: keys, scopes, dataset visibility; no HTTP."""
