"""Group-by and measures over any query: series, facets, cells and networks."""
