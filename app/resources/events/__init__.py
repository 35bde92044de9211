"""Events: what happened, is happening, is planned or is alleged."""
