"""Who is asking: keys, scopes, dataset visibility; no HTTP."""
