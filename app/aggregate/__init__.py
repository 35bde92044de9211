"""Group-by and measures over any question: series, facets, cells and networks."""
