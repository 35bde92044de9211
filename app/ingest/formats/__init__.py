"""Import formats, one file for each provider, found by the name in its `FORMAT`."""
