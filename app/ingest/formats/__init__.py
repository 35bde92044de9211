"""One file for each provider's format; each is found by the name that its `FORMAT` gives it."""
