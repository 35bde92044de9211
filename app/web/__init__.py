"""The HTTP edge that all routes share: errors, callers, conditions, formats, documentation."""
