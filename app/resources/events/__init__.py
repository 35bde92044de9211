"""Events: things that happened, are happening, are planned or are alleged."""
